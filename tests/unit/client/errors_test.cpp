// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client/errors.hpp"

#include <gtest/gtest.h>

#include "fakes.hpp"

namespace iopriority::client::test {

namespace {

std::string text_of(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const Error& thrown) {
        return thrown.what();
    }
}

}  // namespace

TEST(BusErrors, are_unavailable_when_there_is_no_service) {
    for (const auto* name :
         {"org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner",
          "org.freedesktop.DBus.Error.Spawn.ExecFailed", "org.freedesktop.DBus.Error.Spawn.ChildExited",
          "org.freedesktop.DBus.Error.NoServer", "org.freedesktop.DBus.Error.Disconnected",
          "org.freedesktop.DBus.Error.FileNotFound", "org.freedesktop.systemd1.NoSuchUnit"}) {
        const auto error = error_from_bus(name, "not there");
        EXPECT_EQ(code_in(error), ErrorCode::service_unavailable) << name;
        EXPECT_THROW(std::rethrow_exception(error), Unavailable) << name;
        EXPECT_NE(text_of(error).find("not there"), std::string::npos);
        EXPECT_NE(text_of(error).find("installed"), std::string::npos) << "says what to look at";
    }
}

TEST(BusErrors, say_where_to_look_if_the_service_does_not_start) {
    for (const auto* name : {"org.freedesktop.DBus.Error.TimedOut", "org.freedesktop.systemd1.LoadFailed"}) {
        const auto error = error_from_bus(name, "it did not");
        EXPECT_EQ(code_in(error), ErrorCode::service_unavailable) << name;
        EXPECT_NE(text_of(error).find("systemctl status iopriorityd"), std::string::npos) << name;
    }
}

TEST(BusErrors, say_what_to_do_where_the_service_is_masked) {
    const auto error = error_from_bus("org.freedesktop.systemd1.UnitMasked", "Unit iopriorityd.service is masked.");
    EXPECT_EQ(code_in(error), ErrorCode::service_unavailable);
    EXPECT_NE(text_of(error).find("systemctl unmask iopriorityd"), std::string::npos);
}

TEST(BusErrors, say_that_nobody_knows_whether_it_was_done_when_no_answer_came) {
    for (const auto* name : {"org.freedesktop.DBus.Error.NoReply", "org.freedesktop.DBus.Error.Timeout"}) {
        const auto error = error_from_bus(name, "");
        EXPECT_EQ(code_in(error), ErrorCode::timed_out);
        EXPECT_NE(text_of(error).find("not known"), std::string::npos);
    }
}

TEST(BusErrors, of_the_contract_keep_their_name_and_text) {
    const std::string name = "org.example.IoPriority.Error.NoSuchProcess";
    try {
        std::rethrow_exception(error_from_bus(name, "there is no process 5"));
    } catch (const NoSuchProcess& error) {
        EXPECT_EQ(error.name(), name);
        EXPECT_STREQ(error.what(), "there is no process 5");
    }
}

TEST(BusErrors, of_unknown_name_are_failures_that_keep_it) {
    try {
        std::rethrow_exception(error_from_bus("com.example.Strange", ""));
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::failed);
        EXPECT_EQ(error.name(), "com.example.Strange");
        EXPECT_STREQ(error.what(), "com.example.Strange") << "better than nothing";
    }
}

TEST(BusErrors, cannot_write_to_the_terminal) {
    EXPECT_EQ(text_of(error_from_bus("org.freedesktop.DBus.Error.Failed", "a\x1b[2Jb\nc")).find_first_of("\x1b\n"),
              std::string::npos);
}

TEST(BusErrors, tell_a_missing_bus_from_a_missing_service) {
    const auto error = no_bus("org.freedesktop.DBus.Error.FileNotFound", "No such file or directory");
    EXPECT_EQ(code_in(error), ErrorCode::service_unavailable);
    EXPECT_NE(text_of(error).find("system bus"), std::string::npos);
}

}  // namespace iopriority::client::test
