// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Numbers become pidfds on their way to the service, with real processes.
#include "client/members.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <numeric>

#include "child.hpp"
#include "fakes.hpp"
#include "process/process.hpp"

namespace iopriority::client::test {

namespace {

/// The processes that a target's descriptors are of.
std::vector<pid_t> processes_of(const Target& target) {
    std::vector<pid_t> pids;
    const auto pidfds = target.pidfds();
    std::transform(pidfds.begin(), pidfds.end(), std::back_inserter(pids), [](int pidfd) {
        return process::Process::from_pidfd(process::UniqueFd(::dup(pidfd))).value().pid();
    });
    return pids;
}

CallRequest set(const Target& target) {
    return {What::set, target, Priority::idle()};
}

CallRequest describe(const Target& target) {
    return {What::describe, target, {}};
}

Member member(pid_t pid) {
    return {pid, std::make_shared<const Details>()};
}

std::vector<pid_t> numbers_of(const Details& details) {
    std::vector<pid_t> numbers;
    std::transform(details.each.begin(), details.each.end(), std::back_inserter(numbers),
                   [](const Member& each) { return each.process; });
    return numbers;
}

/// To a bus of which nothing is known.
Sent sent_of(const CallRequest& request) {
    return by_pidfds(request, -1);
}

/// A connection to what another process listens at.
class Connection {
 public:
    Connection() {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        socklen_t size = sizeof address.sun_family;  // the kernel finds a name for it
        auto* const name = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(listens_.get(), name, size), 0);
        size = sizeof address;
        EXPECT_EQ(::getsockname(listens_.get(), name, &size), 0);
        EXPECT_EQ(in_child([this] { return ::listen(listens_.get(), 1); }), 0);
        EXPECT_EQ(::connect(connected_.get(), name, size), 0);
    }
    [[nodiscard]] int fd() const { return connected_.get(); }

 private:
    const process::UniqueFd listens_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const process::UniqueFd connected_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
};

struct Numbers : ::testing::Test {
    Numbers() { ended_child.end(); }

    const pid_t self = ::getpid();
    Child child{0};
    Child ended_child{0};
    const pid_t there = child.pid();
    const pid_t ended = ended_child.pid();
};

}  // namespace

TEST_F(Numbers, of_which_no_process_is_there_are_no_such_process) {
    EXPECT_THROW(static_cast<void>(sent_of(set(Target::process(ended)))), NoSuchProcess);
    EXPECT_THROW(static_cast<void>(sent_of(set(Target::processes({ended, ended})))), NoSuchProcess);
}

TEST_F(Numbers, of_one_process_become_a_pidfd) {
    const auto sent = sent_of(set(Target::process(there)));
    EXPECT_EQ(sent.named.kind(), Target::Kind::pidfd);
    EXPECT_EQ(processes_of(sent.named), std::vector{there});
}

TEST_F(Numbers, that_are_zero_become_a_pidfd_of_this_process_and_not_of_a_proxy) {
    EXPECT_EQ(processes_of(sent_of(set(Target::process(0))).named), std::vector{self});
    EXPECT_EQ(processes_of(sent_of(set(Target::processes({there, 0}))).named), (std::vector{there, self}));
}

TEST_F(Numbers, of_a_list_become_pidfds_each_once) {
    const auto sent = sent_of(set(Target::processes({there, self, there, 0})));
    EXPECT_EQ(sent.named.kind(), Target::Kind::pidfds);
    EXPECT_EQ(processes_of(sent.named), (std::vector{there, self}));
    EXPECT_TRUE(sent.ended.empty());
}

TEST_F(Numbers, of_ended_processes_are_not_sent_but_counted) {
    const auto sent = sent_of(set(Target::processes({ended, there})));
    EXPECT_EQ(processes_of(sent.named), std::vector{there});
    Reply reply{.changed = {.left_alone = {{"ended", 1}}}};
    complete(sent, reply);
    EXPECT_EQ(reply.changed.left_alone, (std::map<std::string, unsigned>{{"ended", 2}}));
}

TEST_F(Numbers, that_are_all_there_leave_the_counts_alone) {
    Reply reply;
    complete(sent_of(set(Target::processes({there, self}))), reply);
    EXPECT_TRUE(reply.changed.left_alone.empty());
}

TEST_F(Numbers, of_ended_processes_stand_in_a_description_where_they_stand_in_the_list) {
    const auto sent = sent_of(describe(Target::processes({ended, there, self})));
    Reply reply{.details = {.each = {member(1001), member(1002)}}};
    complete(sent, reply);
    EXPECT_EQ(numbers_of(reply.details), (std::vector{ended, there, self})) << "as the caller knows them";
    EXPECT_EQ(reply.details.each[0].details, nullptr);
    EXPECT_NE(reply.details.each[1].details, nullptr);
    EXPECT_TRUE(reply.changed.left_alone.empty());
}

TEST_F(Numbers, of_a_description_that_has_not_all_members_are_left_as_they_are) {
    const auto sent = sent_of(describe(Target::processes({ended, there, self})));
    Reply reply{.details = {.each = {member(1001)}}};
    complete(sent, reply);
    EXPECT_EQ(numbers_of(reply.details), std::vector{1001});
}

TEST_F(Numbers, that_are_more_than_the_bus_takes_descriptors_are_refused_where_they_may_mean_other_processes) {
    std::vector<pid_t> many(17);
    std::iota(many.begin(), many.end(), 0);
    std::array<int, 2> own{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, own.data()), 0);
    for (const int bus : {-1, own[0]}) {
        for (const auto& request : {set(Target::processes(many)), describe(Target::processes(many))}) {
            EXPECT_EQ(code_of([&] { return by_pidfds(request, bus); }), ErrorCode::foreign_pid_namespace);
        }
    }
    ::close(own[0]);
    ::close(own[1]);
}

TEST_F(Numbers, that_are_more_than_the_bus_takes_descriptors_stay_numbers_but_for_zero_where_they_mean_the_same) {
    std::vector<pid_t> many(17);
    std::iota(many.begin(), many.end(), 0);
    const Connection bus;
    const auto sent = by_pidfds(set(Target::processes(many)), bus.fd());
    EXPECT_EQ(sent.named.kind(), Target::Kind::processes);
    many.front() = self;
    EXPECT_EQ(sent.named.pids(), many);
    many.assign(17, there);
    EXPECT_EQ(sent_of(set(Target::processes(many))).named.kind(), Target::Kind::pidfds) << "one process";
}

TEST_F(Numbers, of_groups_and_users_are_not_process_ids) {
    EXPECT_EQ(sent_of(set(Target::group(0))).named.kind(), Target::Kind::group);
    EXPECT_EQ(sent_of(set(Target::user(0))).named.kind(), Target::Kind::user);
}

}  // namespace iopriority::client::test
