// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The one table of errors: every code once, with its name on the bus, exit status and exception.
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

#include <iopriority/error.hpp>

#include "values/values.hpp"

namespace iopriority {
namespace {

struct Row {
    ErrorCode code;
    const char* name;
    int exit_status;
};

constexpr const char* unknown_name = "com.example.Unheard";

// As the contract has the names, and ioprioctl's manual the exit statuses.
constexpr std::array<Row, 12> expected{{
    {ErrorCode::invalid_argument, "org.freedesktop.DBus.Error.InvalidArgs", 2},
    {ErrorCode::access_denied, "org.freedesktop.DBus.Error.AccessDenied", 4},
    {ErrorCode::interaction_required, "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", 4},
    {ErrorCode::dismissed, "org.example.IoPriority.Error.Dismissed", 4},
    {ErrorCode::limits_exceeded, "org.freedesktop.DBus.Error.LimitsExceeded", 1},
    {ErrorCode::no_such_process, "org.example.IoPriority.Error.NoSuchProcess", 3},
    {ErrorCode::authority_unavailable, "org.example.IoPriority.Error.AuthorityUnavailable", 5},
    {ErrorCode::foreign_pid_namespace, "org.example.IoPriority.Error.ForeignPidNamespace", 1},
    {ErrorCode::partially_applied, "org.example.IoPriority.Error.PartiallyApplied", 1},
    {ErrorCode::service_unavailable, "org.freedesktop.DBus.Error.ServiceUnknown", 5},
    {ErrorCode::timed_out, "org.freedesktop.DBus.Error.NoReply", 5},
    {ErrorCode::failed, "org.freedesktop.DBus.Error.Failed", 1},
}};

TEST(AnErrorName, that_is_not_in_the_table_means_failed) {
    EXPECT_EQ(values::code_of(""), ErrorCode::failed);
    EXPECT_EQ(values::code_of(unknown_name), ErrorCode::failed);
    EXPECT_EQ(values::code_of("org.freedesktop.DBus.Error.AccessDenied "), ErrorCode::failed);
    EXPECT_EQ(values::code_of("org.freedesktop.dbus.error.accessdenied"), ErrorCode::failed);
}

TEST(AnErrorCode, that_does_not_exist_is_treated_as_failed) {
    EXPECT_EQ(values::info(static_cast<ErrorCode>(expected.size())).code, ErrorCode::failed);
    EXPECT_EQ(values::info(static_cast<ErrorCode>(255)).exit_status, 1);
}

TEST(AnErrorCode, has_the_name_of_the_contract_and_the_exit_status_of_the_manual) {
    for (const auto& row : expected) {
        const auto& info = values::info(row.code);
        EXPECT_EQ(info.code, row.code);
        EXPECT_STREQ(info.dbus_name, row.name);
        EXPECT_EQ(info.exit_status, row.exit_status) << row.name;
        EXPECT_EQ(values::code_of(row.name), row.code) << row.name;
    }
}

TEST(AnErrorCode, stands_in_the_table_once_and_shares_its_name_with_no_other) {
    std::set<std::string> names;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const auto code = static_cast<ErrorCode>(i);
        EXPECT_EQ(values::info(code).code, code) << "code " << i << " has no row";
        EXPECT_TRUE(names.insert(values::info(code).dbus_name).second) << values::info(code).dbus_name;
    }
}

template <typename Class>
bool throws_as(ErrorCode code) {
    try {
        throw_error(code, values::info(code).dbus_name, "why");
    } catch (const Error& error) {
        return dynamic_cast<const Class*>(&error) != nullptr && error.code() == code &&
               error.name() == values::info(code).dbus_name && std::string(error.what()) == "why";
    }
}

TEST(AnError, is_thrown_as_the_class_that_belongs_to_its_code) {
    EXPECT_TRUE(throws_as<InvalidArgument>(ErrorCode::invalid_argument));
    for (const auto code : {ErrorCode::access_denied, ErrorCode::interaction_required, ErrorCode::dismissed}) {
        EXPECT_TRUE(throws_as<NotAuthorized>(code)) << values::info(code).dbus_name;
    }
    EXPECT_TRUE(throws_as<NoSuchProcess>(ErrorCode::no_such_process));
    for (const auto code : {ErrorCode::authority_unavailable, ErrorCode::service_unavailable, ErrorCode::timed_out}) {
        EXPECT_TRUE(throws_as<Unavailable>(code)) << values::info(code).dbus_name;
    }
    EXPECT_TRUE(throws_as<PartiallyApplied>(ErrorCode::partially_applied));
}

TEST(AnError, of_every_code_can_be_caught_as_one) {
    for (const auto& row : expected) {
        EXPECT_TRUE(throws_as<Error>(row.code)) << row.name;
    }
}

TEST(AnError, keeps_the_name_it_came_with) {
    const Error error(ErrorCode::failed, unknown_name, "why");
    EXPECT_EQ(error.name(), unknown_name);
    EXPECT_EQ(Error(ErrorCode::timed_out, "why").name(), "org.freedesktop.DBus.Error.NoReply");
}

}  // namespace
}  // namespace iopriority
