// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/change.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes.hpp"

namespace iopriority::service::test {
namespace {

using authorization::Verdict;
using testing::HasSubstr;

constexpr kernel::Owner callers_own{1001, false};
constexpr kernel::Owner roots{0, false};

class AChange : public testing::Test {
 protected:
    void start(Priority wanted, bool may_ask = false) {
        auto pin = [this](const Caller&) -> Expected<std::unique_ptr<targets::Target>> {
            return std::unique_ptr<targets::Target>(std::make_unique<FakeTarget>(script));
        };
        Answer<targets::Outcome> answer([this](const Expected<targets::Outcome>& outcome) {
            ++answers;
            result = outcome;
        });
        std::make_shared<Change>(parts, Call{":1.7", may_ask}, wanted, pin, std::move(answer))->start();
    }
    [[nodiscard]] ErrorCode code() const { return result->failure().code; }
    [[nodiscard]] const std::string& text() const { return result->failure().message; }
    void owned_by(kernel::Owner owner) { script.looks = {std::vector<kernel::Owner>{owner}}; }
    // Runs the loop until the number of requests is zero.
    void run_until_done() {
        while (requests.count() > 0) {
            loop.run();
        }
    }

    std::optional<Expected<targets::Outcome>> result;
    int answers = 0;
    Script script;
    Loop loop;
    FakeCallers callers;
    FakeAuthority authority;
    FakeLog log;
    Requests requests{[this] {
        if (requests.count() == 0) {
            loop.quit();
        }
    }};
    int changes = 0;
    Parts parts{loop, callers, authority, requests, log, [this](const targets::Target& target) {
                    EXPECT_TRUE(target.touched());
                    ++changes;
                }};
};

TEST_F(AChange, of_an_unknown_caller_is_refused_and_nothing_is_touched) {
    callers.answer = Failure{ErrorCode::failed, "the bus does not say"};
    start(Priority::idle());
    EXPECT_EQ(code(), ErrorCode::failed);
    EXPECT_FALSE(script.begun_with);
    EXPECT_EQ(requests.count(), 0U);
}

TEST_F(AChange, of_a_target_that_is_not_there_is_refused) {
    script.looks = {Failure{ErrorCode::no_such_process, "process 812 has ended"}};
    start(Priority::idle());
    EXPECT_EQ(code(), ErrorCode::no_such_process);
    EXPECT_FALSE(script.begun_with);
}

TEST_F(AChange, to_another_users_process_is_refused_when_polkit_says_no) {
    owned_by(roots);
    start(Priority::idle());
    ASSERT_EQ(authority.questions.size(), 1U);
    EXPECT_EQ(answers, 0);
    authority.answer(Verdict::denied);
    EXPECT_EQ(code(), ErrorCode::access_denied);
    EXPECT_THAT(text(), HasSubstr("process 812 (rsync) belongs to root"));
    EXPECT_THAT(text(), HasSubstr("org.example.IoPriority.set-other-users"));
    EXPECT_FALSE(script.begun_with);
    EXPECT_TRUE(log.records.empty());
    EXPECT_EQ(requests.count(), 0U);
}

TEST_F(AChange, that_would_take_a_password_says_so) {
    owned_by(roots);
    start(Priority::idle());
    authority.answer(Verdict::would_ask);
    EXPECT_EQ(code(), ErrorCode::interaction_required);
    EXPECT_THAT(text(), HasSubstr("interactive"));
}

TEST_F(AChange, whose_dialog_was_closed_says_so) {
    owned_by(roots);
    start(Priority::idle(), true);
    EXPECT_TRUE(authority.questions.front().may_ask_a_person);
    authority.answer(Verdict::dismissed);
    EXPECT_EQ(code(), ErrorCode::dismissed);
}

TEST_F(AChange, without_an_answer_of_polkit_is_refused) {
    owned_by(roots);
    start(Priority::idle());
    authority.answer(Verdict::unavailable, "it\nhangs");
    EXPECT_EQ(code(), ErrorCode::authority_unavailable);
    EXPECT_THAT(text(), HasSubstr("it?hangs"));
    EXPECT_FALSE(script.begun_with);
}

TEST_F(AChange, whose_target_changes_hands_during_the_dialog_is_refused) {
    script.looks = {std::vector<kernel::Owner>{callers_own}, std::vector<kernel::Owner>{roots}};
    start(Priority::realtime(4));
    authority.answer(Verdict::granted);
    EXPECT_EQ(code(), ErrorCode::no_such_process);
    EXPECT_FALSE(script.begun_with);
}

TEST_F(AChange, whose_target_ends_during_the_dialog_is_refused) {
    script.looks = {std::vector<kernel::Owner>{roots}, Failure{ErrorCode::no_such_process, "process 812 has ended"}};
    start(Priority::idle());
    authority.answer(Verdict::granted);
    EXPECT_EQ(code(), ErrorCode::no_such_process);
    EXPECT_FALSE(script.begun_with);
}

TEST_F(AChange, that_becomes_another_while_it_is_set_is_answered_as_the_target_says) {
    owned_by(callers_own);
    script.result = targets::became_another("process 812 (rsync)");
    start(Priority::idle());
    EXPECT_EQ(code(), ErrorCode::no_such_process);
    EXPECT_EQ(log.records.at(0).result, text());
}

TEST_F(AChange, admits_no_process_that_would_need_more_than_was_authorized) {
    owned_by(callers_own);
    start(Priority::idle());
    EXPECT_TRUE(script.admits(callers_own));
    EXPECT_FALSE(script.admits(roots));
}

TEST_F(AChange, admits_processes_of_others_once_that_was_authorized) {
    owned_by(roots);
    start(Priority::realtime(1));
    authority.answer(Verdict::granted);
    EXPECT_TRUE(script.admits(callers_own));
    EXPECT_TRUE(script.admits(roots));
}

TEST_F(AChange, whose_look_takes_long_serves_others_in_between) {
    owned_by(callers_own);
    script.steps_a_look = 1000000000;  // never, within the slice
    start(Priority::idle());
    EXPECT_EQ(answers, 0);
    bool served = false;
    const auto other = loop.after(std::chrono::milliseconds(1), [&] {
        served = true;
        script.steps_a_look = 0;
    });
    run_until_done();
    EXPECT_TRUE(served);
    EXPECT_TRUE(result->has_value());
}

TEST_F(AChange, that_throws_midway_is_answered_with_an_error) {
    owned_by(callers_own);
    script.throws_in_step = true;
    start(Priority::idle());
    EXPECT_EQ(answers, 1);
    EXPECT_EQ(code(), ErrorCode::failed);
    EXPECT_THAT(text(), HasSubstr("out of luck"));
    EXPECT_EQ(requests.count(), 0U);
}

TEST_F(AChange, whose_caller_leaves_while_polkit_is_asked_takes_the_question_back) {
    owned_by(roots);
    start(Priority::idle());
    EXPECT_EQ(authority.open, 1);
    requests.caller_left(":1.8");
    EXPECT_EQ(authority.open, 1);
    requests.caller_left(":1.7");
    EXPECT_EQ(authority.open, 0);
    EXPECT_EQ(requests.count(), 0U);
    EXPECT_FALSE(script.begun_with);
}

TEST_F(AChange, of_a_caller_that_is_found_only_after_it_left_touches_nothing) {
    owned_by(callers_own);
    callers.later = true;
    start(Priority::idle());
    requests.caller_left(":1.7");
    callers.waiting.front()(callers.answer);
    EXPECT_FALSE(script.begun_with);
    EXPECT_EQ(answers, 1);
}

TEST_F(AChange, of_the_ninth_waiting_request_of_a_user_is_refused_while_own_changes_are_served) {
    owned_by(roots);
    for (unsigned i = 0; i < Requests::most_waiting_of_a_user; ++i) {
        start(Priority::idle());
    }
    EXPECT_EQ(answers, 0);
    start(Priority::idle());
    EXPECT_EQ(code(), ErrorCode::limits_exceeded);
    EXPECT_EQ(authority.questions.size(), Requests::most_waiting_of_a_user);
    owned_by(callers_own);
    start(Priority::idle());
    EXPECT_TRUE(result->has_value());
    authority.answer(Verdict::denied);
    owned_by(roots);
    start(Priority::idle());
    EXPECT_EQ(authority.questions.size(), Requests::most_waiting_of_a_user + 1);
}

TEST_F(AChange, to_ones_own_process_asks_nobody_and_is_logged) {
    owned_by(callers_own);
    start(Priority::best_effort(7));
    ASSERT_TRUE(result->has_value());
    EXPECT_EQ((*result)->threads, 5U);
    EXPECT_TRUE(authority.questions.empty());
    EXPECT_EQ(script.begun_with, Priority::best_effort(7));
    ASSERT_EQ(log.records.size(), 1U);
    EXPECT_EQ(changes, 1);
    EXPECT_EQ(log.records[0].after, "best-effort:7");
    EXPECT_EQ(log.records[0].result, "ok");
    EXPECT_EQ(log.records[0].caller.uid, 1001U);
}

TEST_F(AChange, to_realtime_of_ones_own_process_asks_for_the_first_action_with_all_details) {
    owned_by(callers_own);
    start(Priority::realtime(2));
    ASSERT_EQ(authority.questions.size(), 1U);
    const auto& question = authority.questions[0];
    EXPECT_EQ(question.action, authorization::Action::set_realtime);
    EXPECT_EQ(question.bus_name, ":1.7");
    const std::map<std::string, std::string> expected{
        {"pid", "812"},           {"program", "rsync"}, {"target-uid", "0"},   {"target-user", "root"},
        {"io-class", "realtime"}, {"level", "2"},       {"caller-uid", "1001"}};
    EXPECT_EQ(question.details, expected);
    authority.answer(Verdict::granted);
    EXPECT_TRUE(result->has_value());
    EXPECT_EQ(log.records.at(0).action, authorization::Action::set_realtime);
}

TEST_F(AChange, to_several_processes_asks_once_for_the_strictest) {
    script.looks = {std::vector<kernel::Owner>{callers_own, roots, callers_own}};
    start(Priority::realtime(0));
    ASSERT_EQ(authority.questions.size(), 1U);
    EXPECT_EQ(authority.questions[0].action, authorization::Action::set_other_users_realtime);
}

TEST_F(AChange, of_a_restless_process_is_answered_after_a_second_round) {
    owned_by(callers_own);
    script.restless = true;
    start(Priority::idle());
    EXPECT_EQ(answers, 0);
    run_until_done();
    EXPECT_EQ(answers, 1);
    EXPECT_EQ(script.rounds, 2);
}

TEST_F(AChange, of_a_quiet_process_is_answered_at_once_and_looked_at_late) {
    owned_by(callers_own);
    script.late_look_pays = true;
    start(Priority::idle());
    EXPECT_EQ(answers, 1);
    EXPECT_EQ(script.late_looks, 0);
    requests.caller_left(":1.7");  // as every short-lived client does
    run_until_done();
    EXPECT_EQ(script.late_looks, 1);
    EXPECT_EQ(answers, 1);
}

}  // namespace
}  // namespace iopriority::service::test
