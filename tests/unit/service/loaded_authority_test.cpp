// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/loaded_authority.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace iopriority::service::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class An_authority_that_cannot_be_loaded : public testing::Test {
 protected:
    std::unique_ptr<policy::Authority::Check> ask(LoadedAuthority& authority) {
        return authority.check(
            {}, [this](const policy::Answer& given) { answer = given; }, nullptr);
    }
    void run() {
        const auto later = loop.after(20ms, [this] { loop.quit(); });
        loop.run();
    }
    Loop loop;
    std::optional<policy::Answer> answer;
};

TEST_F(An_authority_that_cannot_be_loaded, answers_later_that_it_is_not_available_and_why) {
    LoadedAuthority authority(loop, "/nonexistent/polkit.so");
    const auto check = ask(authority);
    EXPECT_FALSE(answer);
    run();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->verdict, policy::Verdict::unavailable);
    EXPECT_THAT(answer->why, HasSubstr("/nonexistent/polkit.so"));
}

TEST_F(An_authority_that_cannot_be_loaded, may_be_a_library_without_our_function) {
    LoadedAuthority authority(loop, "libc.so.6");
    const auto check = ask(authority);
    run();
    ASSERT_TRUE(answer);
    EXPECT_THAT(answer->why, HasSubstr("iopriority_polkit_authority"));
}

TEST_F(An_authority_that_cannot_be_loaded, does_not_answer_a_question_that_was_taken_back) {
    LoadedAuthority authority(loop, "/nonexistent/polkit.so");
    auto check = ask(authority);
    check.reset();
    run();
    EXPECT_FALSE(answer);
}

}  // namespace
}  // namespace iopriority::service::test
