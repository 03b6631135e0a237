// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/targets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "../engine/crowd.hpp"
#include "fakes.hpp"
#include "process/syscalls.hpp"

namespace iopriority::service::test {
namespace {

using engine::test::Crowd;
using engine::test::wait_forever;
using testing::HasSubstr;
using Kind = TargetSpec::Kind;

constexpr std::uint32_t first_refused_pid = 2147483648U;
constexpr std::uint32_t no_user = 4294967295U;

Expected<engine::Target> resolve(const TargetSpec& spec, const Caller& caller) {
    FakeUnits units;
    units.answer = RunningUnit{"cron.service", "/system.slice/cron.service"};
    std::optional<Expected<engine::Target>> found;
    service::resolve(spec, caller, units, [&](Expected<engine::Target> target) { found.emplace(std::move(target)); });
    EXPECT_TRUE(found) << "it was answered at once";
    return *std::move(found);
}

ErrorCode refusal(const TargetSpec& spec, const Caller& caller) {
    const auto target = resolve(spec, caller);
    EXPECT_FALSE(target);
    return target ? ErrorCode::limits_exceeded : target.failure().code;
}

Caller caller_of(const Crowd& process, PidView view) {
    return {":1.1", 1000, *process::Process::pin(process.pid())->key(), view};
}

TEST(A_pid_of_the_bus, from_two_to_the_thirty_first_on_is_refused) {
    const auto checked = TargetSpec{Kind::process, first_refused_pid}.check();
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.failure().code, ErrorCode::invalid_argument);
    EXPECT_THAT(checked.failure().message, HasSubstr("pid 2147483648"));
    EXPECT_TRUE((TargetSpec{Kind::process, first_refused_pid - 1}.check()));
    const auto group = TargetSpec{Kind::group, first_refused_pid}.check();
    ASSERT_FALSE(group);
    EXPECT_THAT(group.failure().message, HasSubstr("pgid 2147483648"));
    EXPECT_TRUE((TargetSpec{Kind::group, first_refused_pid - 1}.check()));
}

TEST(A_uid_of_the_bus, that_means_no_user_is_refused) {
    const auto checked = TargetSpec{Kind::user, no_user}.check();
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.failure().code, ErrorCode::invalid_argument);
    EXPECT_THAT(checked.failure().message, HasSubstr("uid 4294967295"));
    EXPECT_TRUE((TargetSpec{Kind::user, no_user - 1}.check()));
    EXPECT_TRUE((TargetSpec{Kind::user, 0}.check()));
}

TEST(A_unit_of_the_bus, that_cannot_be_a_name_is_refused) {
    for (const auto kind : {Kind::unit, Kind::user_unit}) {
        for (const char* name : {"", "cron", "../cron.service", "cron.socket/x.service", "a\nb.service"}) {
            const auto checked = TargetSpec{kind, 0, {}, {}, name}.check();
            ASSERT_FALSE(checked) << name;
            EXPECT_EQ(checked.failure().code, ErrorCode::invalid_argument);
        }
        EXPECT_TRUE((TargetSpec{kind, 0, {}, {}, "cron.service"}.check()));
    }
}

TEST(A_bare_pid, of_a_caller_in_another_pid_namespace_is_refused) {
    for (const auto kind : {Kind::process, Kind::group}) {
        const auto target = resolve({kind, 5}, {":1.1", 1000, {}, PidView::foreign});
        ASSERT_FALSE(target);
        EXPECT_EQ(target.failure().code, ErrorCode::foreign_pid_namespace);
        EXPECT_THAT(target.failure().message, HasSubstr("pidfd"));
    }
}

TEST(A_bare_pid, of_a_caller_whose_namespace_is_unknown_is_refused) {
    for (const auto kind : {Kind::process, Kind::group}) {
        EXPECT_EQ(refusal({kind, 5}, {":1.1", 1000, {}, PidView::unknown}), ErrorCode::foreign_pid_namespace);
    }
}

TEST(Pid_zero, is_the_caller_wherever_it_lives) {
    const Crowd process(wait_forever);
    const auto target = resolve({Kind::process, 0}, caller_of(process, PidView::foreign));
    ASSERT_TRUE(target);
    EXPECT_EQ(target->name.pid, process.pid());
    EXPECT_TRUE(resolve({Kind::group, 0}, caller_of(process, PidView::foreign)));
    EXPECT_EQ(refusal({Kind::process, 0}, {":1.1", 1000, {}, PidView::unknown}), ErrorCode::no_such_process);
    EXPECT_EQ(refusal({Kind::group, 0}, {":1.1", 1000, {}, PidView::unknown}), ErrorCode::no_such_process);
}

TEST(Pid_zero, is_nobody_where_the_caller_has_ended_also_if_its_number_is_anothers_now) {
    Crowd process(wait_forever);
    auto caller = caller_of(process, PidView::same);
    auto another = caller;
    ++another.process->birth;
    EXPECT_EQ(refusal({Kind::process, 0}, another), ErrorCode::no_such_process);
    process.kill();
    EXPECT_EQ(refusal({Kind::process, 0}, caller), ErrorCode::no_such_process);
}

TEST(A_target, is_what_the_request_names) {
    const Crowd process(wait_forever);
    const auto id = static_cast<std::uint32_t>(process.pid());
    const Caller caller{":1.1", 1000, {}, PidView::same};
    EXPECT_EQ(resolve({Kind::process, id}, caller)->name.text, "process " + std::to_string(id));
    const auto tree = resolve({Kind::process, id, {}, {}, {}, true}, caller);
    EXPECT_TRUE(tree->name.descendants);
    EXPECT_FALSE(tree->selection->is_fixed());
    EXPECT_EQ(resolve({Kind::group, id}, caller)->name.text, "process group " + std::to_string(id));
    const auto user = resolve({Kind::user, 1001}, caller);
    EXPECT_EQ(user->name.text, "user 1001");
    EXPECT_EQ(user->threads_of, 1001U);
    EXPECT_EQ(resolve({Kind::unit, 0, {}, {}, "cron.service"}, caller)->name.text, "unit cron.service");
    EXPECT_EQ(resolve({Kind::unit, 0, {}, {}, "alias.service"}, caller)->name.text, "unit cron.service");
    EXPECT_EQ(resolve({Kind::user_unit, 0, {}, {}, "app.service"}, caller)->name.text, "unit app.service of user 1000");
}

TEST(A_target, of_a_descriptor_is_its_process_wherever_the_caller_lives) {
    const Crowd process(wait_forever);
    TargetSpec spec{Kind::pidfd};
    spec.pidfds = std::make_shared<std::vector<process::UniqueFd>>();
    spec.pidfds->emplace_back(process::sys::pidfd_open(process.pid()));
    const auto target = resolve(spec, {":1.1", 1000, {}, PidView::foreign});
    ASSERT_TRUE(target);
    EXPECT_EQ(target->name.pid, process.pid());
}

// ---- lists

TargetSpec pidfds_of(const std::vector<pid_t>& processes) {
    TargetSpec spec{Kind::pidfds};
    spec.pidfds = std::make_shared<std::vector<process::UniqueFd>>();
    for (const pid_t pid : processes) {
        spec.pidfds->emplace_back(process::sys::pidfd_open(pid));
    }
    return spec;
}

TEST(A_list_of_pids, that_is_empty_is_refused) {
    const auto checked = TargetSpec{Kind::processes}.check();
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.failure().code, ErrorCode::invalid_argument);
    EXPECT_THAT(checked.failure().message, HasSubstr("the list of processes is empty"));
}

TEST(A_list_of_pids, with_zero_or_one_that_is_out_of_range_is_refused_wherever_that_stands) {
    for (const auto wrong : {0U, first_refused_pid, no_user}) {
        for (const std::size_t at : {0U, 1U, 2U}) {
            TargetSpec spec{Kind::processes, 0, {1, 2, 3}};
            ASSERT_TRUE(spec.check());
            spec.ids.at(at) = wrong;
            const auto checked = spec.check();
            ASSERT_FALSE(checked) << wrong;
            EXPECT_EQ(checked.failure().code, ErrorCode::invalid_argument);
            EXPECT_THAT(checked.failure().message, HasSubstr("pid " + std::to_string(wrong) + " is out of range"));
        }
    }
}

TEST(A_list_of_pids, beyond_four_thousand_and_ninety_six_exceeds_the_limits) {
    TargetSpec spec{Kind::processes, 0, std::vector<std::uint32_t>(bus::most_processes, 7)};
    EXPECT_TRUE(spec.check());
    spec.ids.push_back(7);
    const auto checked = spec.check();
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.failure().code, ErrorCode::limits_exceeded);
    EXPECT_THAT(checked.failure().message, HasSubstr("4097 processes in one request are too many"));
}

TEST(A_list_of_pids, of_a_caller_in_another_pid_namespace_is_refused) {
    for (const auto view : {PidView::foreign, PidView::unknown}) {
        const auto target = resolve({Kind::processes, 0, {5, 6}}, {":1.1", 1000, {}, view});
        ASSERT_FALSE(target);
        EXPECT_EQ(target.failure().code, ErrorCode::foreign_pid_namespace);
        EXPECT_THAT(target.failure().message, HasSubstr("pidfd"));
    }
}

TEST(A_list_of_pids, is_a_target_of_each_once) {
    const Caller caller{":1.1", 1000, {}, PidView::same};
    const auto target = resolve({Kind::processes, 0, {5, 6, 5}}, caller);
    ASSERT_TRUE(target);
    EXPECT_TRUE(target->is_list);
    EXPECT_THAT(target->selection->named(), testing::ElementsAre(5, 6));
    EXPECT_EQ(target->name.kind, engine::TargetName::Kind::processes);
    EXPECT_EQ(target->name.text, "2 processes");
    EXPECT_EQ(target->name.id, "2");
    EXPECT_EQ(target->name.pid, 0);
}

TEST(A_list_of_pids, with_one_member_is_called_by_its_number) {
    const Caller caller{":1.1", 1000, {}, PidView::same};
    const auto target = resolve({Kind::processes, 0, {5, 5}}, caller);
    ASSERT_TRUE(target);
    EXPECT_TRUE(target->is_list);
    EXPECT_EQ(target->name.kind, engine::TargetName::Kind::process);
    EXPECT_EQ(target->name.text, "process 5");
    EXPECT_EQ(target->name.pid, 5);
    const auto tree = resolve({Kind::processes, 0, {5}, {}, {}, true}, caller);
    EXPECT_TRUE(tree->name.descendants);
    EXPECT_EQ(tree->name.text, "1 process");
}

TEST(A_list_of_pidfds, that_is_empty_or_beyond_sixteen_is_refused) {
    const auto empty = pidfds_of({}).check();
    ASSERT_FALSE(empty);
    EXPECT_EQ(empty.failure().code, ErrorCode::invalid_argument);
    EXPECT_FALSE(TargetSpec{Kind::pidfds}.check());
    std::vector<pid_t> many(bus::most_pidfds, ::getpid());
    EXPECT_TRUE(pidfds_of(many).check());
    many.push_back(::getpid());
    const auto checked = pidfds_of(many).check();
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.failure().code, ErrorCode::invalid_argument);
    EXPECT_THAT(checked.failure().message, HasSubstr("17 pidfds in one request are too many"));
}

TEST(A_list_of_pidfds, is_a_target_of_their_processes_wherever_the_caller_lives) {
    const Crowd first(wait_forever);
    const Crowd second(wait_forever);
    const auto target = resolve(pidfds_of({second.pid(), first.pid()}), {":1.1", 1000, {}, PidView::foreign});
    ASSERT_TRUE(target);
    EXPECT_THAT(target->selection->named(), testing::ElementsAre(second.pid(), first.pid()));
}

TEST(A_list_of_pidfds, has_a_member_of_each_process_that_has_ended) {
    const Crowd lives(wait_forever);
    const Crowd ended(wait_forever);
    const Crowd ended_too(wait_forever);
    const auto spec = pidfds_of({ended.pid(), lives.pid(), ended_too.pid()});
    ended.kill();
    ended_too.kill();
    const auto target = resolve(spec, {":1.1", 1000, {}, PidView::same});
    ASSERT_TRUE(target);
    const auto named = target->selection->named();
    ASSERT_EQ(named.size(), 3U);
    EXPECT_LT(named[0], 0);
    EXPECT_EQ(named[1], lives.pid());
    EXPECT_LT(named[2], 0);
    EXPECT_NE(named[0], named[2]);
}

TEST(A_list_of_pidfds, with_a_descriptor_of_something_else_is_refused) {
    auto spec = pidfds_of({::getpid()});
    spec.pidfds->emplace_back(::dup(STDIN_FILENO));
    EXPECT_EQ(refusal(spec, {":1.1", 1000, {}, PidView::same}), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace iopriority::service::test
