// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/set_request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench.hpp"

namespace iopriority::service::test {
namespace {

using engine::test::others_than;
using policy::Verdict;
using testing::HasSubstr;
using testing::IsEmpty;

const Priority idle = Priority::idle();
const Priority none = Priority::none();

class A_set_request : public Bench {
 protected:
    A_set_request() { caller_is(owner()); }
    void caller_is_another() { caller_is(owner() + 1); }
};

TEST_F(A_set_request, of_an_unknown_caller_is_refused_and_nothing_is_touched) {
    callers.answer = Failure{ErrorCode::failed, "the bus does not say"};
    set(idle);
    EXPECT_EQ(code(), ErrorCode::failed);
    EXPECT_EQ(priority(), none);
    EXPECT_EQ(requests.count(), 0U);
}

TEST_F(A_set_request, for_a_target_that_is_not_there_is_refused) {
    process->kill();
    set(idle);
    EXPECT_EQ(code(), ErrorCode::no_such_process);
    start({TargetSpec::Kind::unit, 0, {}, {}, "nobody.service"}, {idle});
    until_answered(2);
    EXPECT_EQ(text(), "there is no such unit");
    EXPECT_EQ(requests.count(), 0U);
}

TEST_F(A_set_request, tells_a_rule_that_a_name_could_not_be_looked_up) {
    caller_is_another();
    UserNames unknown{loop, UserNames::usual_limit, [](uid_t) { return std::nullopt; }};
    const Parts others{loop,     callers,  authority, requests, admission, questions,
                       settling, refusals, unknown,   log,      units,     holds};
    std::make_shared<SetRequest>(others, Call{":1.7", false}, spec_of(*process), engine::Order{idle},
                                 SetRequest::For::good, SetRequest::Reply([](const Expected<Done>&) {}))
        ->start();
    until_asked();
    EXPECT_EQ(authority.questions.front().details.at("target-user"), std::to_string(owner()) + ", ...");
    authority.answer(Verdict::denied, {});
    until_done();
}

TEST_F(A_set_request, to_another_users_process_is_refused_when_polkit_says_no) {
    caller_is_another();
    ask(idle);
    ASSERT_EQ(authority.questions.size(), 1U);
    EXPECT_EQ(answers, 0);
    answer(Verdict::denied);
    EXPECT_EQ(code(), ErrorCode::access_denied);
    EXPECT_THAT(text(), HasSubstr(name() + " belongs to bob"));
    EXPECT_THAT(text(), HasSubstr("org.example.IoPriority.set-other-users"));
    EXPECT_EQ(priority(), none);
    ASSERT_EQ(log.records.size(), 1U);
    EXPECT_EQ(log.records[0].event, ChangeRecord::Event::refused);
    EXPECT_EQ(log.records[0].action, policy::Action::set_other_users);
    EXPECT_EQ(log.records[0].result, text());
    EXPECT_EQ(requests.count(), 0U);
}

TEST_F(A_set_request, that_would_take_a_password_says_so) {
    caller_is_another();
    ask(idle);
    answer(Verdict::would_ask);
    EXPECT_EQ(code(), ErrorCode::interaction_required);
    EXPECT_THAT(text(), HasSubstr("interactive"));
    EXPECT_TRUE(log.records.empty()) << "nobody has decided yet";
}

TEST_F(A_set_request, whose_dialog_was_closed_says_so) {
    caller_is_another();
    ask(idle, true);
    EXPECT_TRUE(authority.questions.front().may_ask_a_person);
    answer(Verdict::dismissed);
    EXPECT_EQ(code(), ErrorCode::dismissed);
}

TEST_F(A_set_request, without_an_answer_of_polkit_is_refused) {
    caller_is_another();
    ask(idle);
    answer(Verdict::unavailable, "it\nhangs");
    EXPECT_EQ(code(), ErrorCode::authority_unavailable);
    EXPECT_THAT(text(), HasSubstr("it?hangs"));
    EXPECT_EQ(priority(), none);
}

TEST_F(A_set_request, whose_target_ends_during_the_dialog_is_refused) {
    caller_is_another();
    ask(idle);
    process->kill();
    answer(Verdict::granted);
    EXPECT_EQ(code(), ErrorCode::no_such_process);
    EXPECT_TRUE(log.records.empty());
}

TEST_F(A_set_request, whose_target_executes_another_program_during_the_dialog_is_refused) {
    process = std::make_unique<Crowd>([](const auto& ready) {
        if (owner() != ::getuid()) {
            engine::test::become(owner());
        }
        ready();
        ::raise(SIGSTOP);  // until polkit has been asked
        ::execlp("sleep", "sleep", "1000", nullptr);
    });
    caller_is_another();
    ask(idle);
    ::kill(process->pid(), SIGCONT);
    until([&] { return process::Process::pin(process->pid())->name() == "sleep"; });
    answer(Verdict::granted);
    EXPECT_EQ(code(), ErrorCode::no_such_process);
    EXPECT_EQ(priority(), none);
}

TEST_F(A_set_request, over_many_threads_serves_others_in_between) {
    process = process_of(owner(), 2000);
    bool served = false;
    const auto other = loop.after(std::chrono::milliseconds(0), [&] { served = answers == 0; });
    start(idle);
    EXPECT_EQ(answers, 0);
    until_answered();
    EXPECT_TRUE(served);
    ASSERT_TRUE(*result);
    EXPECT_EQ((*result)->outcome.threads, 2000U);
}

TEST_F(A_set_request, whose_caller_leaves_while_polkit_is_asked_takes_the_question_back) {
    caller_is_another();
    ask(idle);
    EXPECT_EQ(authority.open, 1);
    requests.caller_left(":1.8");
    EXPECT_EQ(authority.open, 1);
    requests.caller_left(":1.7");
    EXPECT_EQ(authority.open, 0);
    EXPECT_EQ(requests.count(), 0U);
    EXPECT_EQ(priority(), none);
}

TEST_F(A_set_request, of_a_caller_that_is_found_only_after_it_left_touches_nothing) {
    callers.later = true;
    start(idle);
    requests.caller_left(":1.7");
    callers.waiting.front()(callers.answer);
    EXPECT_EQ(priority(), none);
    EXPECT_EQ(answers, 1);
}

TEST_F(A_set_request, that_is_the_ninth_waiting_of_a_user_is_refused_while_own_ones_are_served) {
    const auto others = process_of(owner());
    caller_is_another();
    for (unsigned i = 0; i < Admission::questions.of_user; ++i) {
        start(idle);
    }
    until_asked(Admission::questions.of_user);
    EXPECT_EQ(answers, 0);
    set(idle);
    EXPECT_EQ(code(), ErrorCode::limits_exceeded);
    EXPECT_EQ(authority.questions.size(), Admission::questions.of_user);
    caller_is(owner());
    start(spec_of(*others), {idle});
    until_answered(2);
    EXPECT_TRUE(result->has_value());
    answer(Verdict::denied);
    caller_is_another();
    start(idle);
    until_asked(Admission::questions.of_user + 1);
}

TEST_F(A_set_request, to_ones_own_process_asks_nobody_and_is_logged) {
    set(Priority::best_effort(7));
    ASSERT_TRUE(result->has_value());
    EXPECT_EQ((*result)->outcome.threads, 1U);
    EXPECT_EQ((*result)->outcome.processes, 1U);
    EXPECT_EQ((*result)->hold, nullptr);
    EXPECT_TRUE(authority.questions.empty());
    EXPECT_EQ(priority(), Priority::best_effort(7));
    ASSERT_EQ(log.records.size(), 1U);
    EXPECT_EQ(log.records[0].before, "none");
    EXPECT_EQ(log.records[0].after, "best-effort:7");
    EXPECT_EQ(log.records[0].result, "ok");
    EXPECT_EQ(log.records[0].threads, 1U);
    EXPECT_EQ(log.records[0].caller.uid, owner());
    EXPECT_EQ(log.records[0].target.text, name());
}

TEST_F(A_set_request, that_changes_nothing_is_not_logged) {
    set(none);
    EXPECT_TRUE(result->has_value());
    EXPECT_TRUE(log.records.empty());
}

TEST_F(A_set_request, to_realtime_of_ones_own_process_asks_for_the_first_action_with_all_details) {
    ask(Priority::realtime(2));
    ASSERT_EQ(authority.questions.size(), 1U);
    const auto& question = authority.questions[0];
    EXPECT_EQ(question.action, policy::Action::set_realtime);
    EXPECT_EQ(question.bus_name, ":1.7");
    const std::map<std::string, std::string> expected{{"pid", std::to_string(process->pid())},
                                                      {"program", "rsync"},
                                                      {"name", "rsync"},
                                                      {"target-uid", std::to_string(owner())},
                                                      {"target-user", "bob"},
                                                      {"priority", "realtime, level 2"},
                                                      {"kind", "process"},
                                                      {"hold", "false"},
                                                      {"io-class", "realtime"},
                                                      {"level", "2"},
                                                      {"caller-uid", std::to_string(owner())}};
    EXPECT_EQ(question.details, expected);
}

TEST_F(A_set_request, to_several_processes_asks_once) {
    caller_is_another();
    auto tree = spec_of(*process);
    tree.descendants = true;
    start(tree, {idle});
    until_asked();
    answer(Verdict::granted);
    EXPECT_TRUE(result->has_value());
    EXPECT_EQ(authority.questions.size(), 1U);
    EXPECT_EQ(priority(), idle);
    EXPECT_EQ(log.records.at(0).action, policy::Action::set_other_users);
}

TEST_F(A_set_request, that_keeps_what_is_explicit_leaves_it) {
    engine::test::set_priority(process->pid(), Priority::best_effort(2));
    start(spec_of(*process), {idle, true});
    until_answered();
    EXPECT_TRUE(result->has_value());
    EXPECT_EQ(priority(), Priority::best_effort(2));
}

TEST_F(A_set_request, for_a_process_with_a_young_thread_is_answered_after_a_second_round) {
    process = process_of(owner(), 2);
    start(idle);
    EXPECT_EQ(answers, 0);
    until_done();
    EXPECT_EQ(answers, 1);
    EXPECT_EQ((*result)->outcome.threads, 2U);
    EXPECT_THAT(others_than(idle, process->tids()), IsEmpty());
}

TEST_F(A_set_request, for_a_quiet_process_is_answered_at_once_and_looked_at_once_more) {
    set(idle);
    EXPECT_EQ(answers, 1);
    EXPECT_EQ(requests.count(), 1U);
    requests.caller_left(":1.7");  // as every short-lived client does
    EXPECT_EQ(requests.count(), 1U);
    until_done();
    EXPECT_EQ(answers, 1);
    EXPECT_TRUE(result->has_value());
}

}  // namespace
}  // namespace iopriority::service::test
