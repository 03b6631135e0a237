// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/messages.hpp"

#include <gtest/gtest.h>

#include "cli/changes.hpp"

namespace iopriority::cli {

TEST(Messages, show_a_word_without_control_characters) {
    EXPECT_EQ(shown("\x1b[2J\n").find_first_of("\x1b\n"), std::string::npos);
    EXPECT_LE(shown(std::string(5000, 'x')).size(), 100U);
    EXPECT_EQ(shown("abc"), "\"abc\"");
}

TEST(Messages, say_what_to_do_when_a_password_is_needed) {
    const NotAuthorized error(ErrorCode::interaction_required, "needs a password");
    Options options;
    EXPECT_EQ(complaint(error, options, false).find("needs a password"), 0U);
    EXPECT_NE(complaint(error, options, false).find("terminal"), std::string::npos);
    EXPECT_NE(complaint(error, options, true).find("sudo"), std::string::npos) << "there was a terminal";
    options.ask_password = false;
    EXPECT_NE(complaint(error, options, false).find("--no-ask-password"), std::string::npos);
}

TEST(Messages, say_what_to_do_when_via_kernel_excludes_the_service) {
    const NotAuthorized error(ErrorCode::access_denied, "no");
    Options options;
    EXPECT_EQ(complaint(error, options, false), "no") << "polkit's no is final";
    options.route = Route::kernel_only;
    EXPECT_NE(complaint(error, options, false).find("--via kernel"), std::string::npos);
}

TEST(ExitStatus, belongs_to_the_error) {
    EXPECT_EQ(status_of(Error(ErrorCode::failed, "")), 1);
    EXPECT_EQ(status_of(PartiallyApplied(ErrorCode::partially_applied, "")), 1);
    EXPECT_EQ(status_of(InvalidArgument("")), 2);
    EXPECT_EQ(status_of(NoSuchProcess(ErrorCode::no_such_process, "")), 3);
    for (const auto code : {ErrorCode::access_denied, ErrorCode::interaction_required, ErrorCode::dismissed}) {
        EXPECT_EQ(status_of(NotAuthorized(code, "")), 4);
    }
    for (const auto code : {ErrorCode::service_unavailable, ErrorCode::authority_unavailable, ErrorCode::timed_out}) {
        EXPECT_EQ(status_of(Unavailable(code, "")), 5);
    }
}

TEST(ExitStatus, of_several_steps_is_that_of_the_failures_if_they_agree) {
    EXPECT_EQ(status_after(0, 3), 3);
    EXPECT_EQ(status_after(3, 3), 3);
    EXPECT_EQ(status_after(3, 4), 1);
    EXPECT_EQ(status_after(1, 4), 1) << "they still do not agree";
}

TEST(ChangeLine, has_the_priority_before_and_after) {
    EXPECT_EQ(change_line("1234", "rsync", 4, "best-effort:4", Priority::idle()),
              "1234 (rsync, 4 threads): best-effort:4 -> idle");
    EXPECT_EQ(change_line("5", "a", 1, "idle", Priority::none()), "5 (a, 1 thread): idle -> none");
}

}  // namespace iopriority::cli
