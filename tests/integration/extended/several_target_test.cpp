// SPDX-License-Identifier: LGPL-2.1-or-later
// Several processes as a target, where one joins that the authorization does not cover, or one too many.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "support/kernel.hpp"
#include "targets/target.hpp"

namespace iopriority::targets {
namespace {

using iopriority::test::Breakdown;
using iopriority::test::priorities_of;

/// A child that waits to be killed.
class Process {
 public:
    Process() : pid_(::fork()) {
        if (pid_ == 0) {
            for (;;) {
                ::pause();
            }
        }
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    Process(Process&&) = delete;
    Process& operator=(Process&&) = delete;
    ~Process() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    [[nodiscard]] pid_t pid() const { return pid_; }

 private:
    pid_t pid_;
};

/// A child of root that becomes another user when it is told to.
class Changing {
 public:
    Changing() {
        EXPECT_EQ(::pipe(ends_.data()), 0);
        EXPECT_EQ(::pipe(done_.data()), 0);
        pid_ = ::fork();
        char byte{};
        if (pid_ == 0) {
            const bool became = ::read(ends_[0], &byte, 1) == 1 && ::setresuid(other, other, other) == 0 &&
                                ::write(done_[1], "", 1) == 1;
            ::pause();
            ::_exit(became ? 0 : 1);
        }
    }
    Changing(const Changing&) = delete;
    Changing& operator=(const Changing&) = delete;
    Changing(Changing&&) = delete;
    Changing& operator=(Changing&&) = delete;
    ~Changing() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    void become_another() {
        char byte{};
        EXPECT_EQ(::write(ends_[1], "", 1), 1);
        EXPECT_EQ(::read(done_[0], &byte, 1), 1);
    }
    [[nodiscard]] pid_t pid() const { return pid_; }

 private:
    static constexpr uid_t other = 12345;
    std::array<int, 2> ends_{};
    std::array<int, 2> done_{};
    pid_t pid_ = -1;
};

void set_all_of(Target& target) {
    ASSERT_TRUE(target.begin(Priority::idle(), [](const kernel::Owner&) { return true; }));
    while (!target.step()) {
    }
}

TEST(OneProcess, that_changes_hands_while_it_is_set_gets_back_what_it_had) {
    Changing changing;
    test::set_thread(changing.pid(), "best-effort:1");
    auto target = pin_process(changing.pid());
    ASSERT_TRUE(target);
    ASSERT_TRUE((*target)->owners());
    set_all_of(**target);
    EXPECT_EQ(priorities_of(changing.pid()), (Breakdown{{"idle", 1}}));
    changing.become_another();
    const auto outcome = (*target)->result();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.failure().code, ErrorCode::no_such_process);
    EXPECT_EQ(priorities_of(changing.pid()), (Breakdown{{"best-effort:1", 1}}));
}

/// Finds what the test says, from then on.
class Said final : public kernel::Selection {
 public:
    explicit Said(const std::vector<pid_t>& said) : said_(said) {}

 protected:
    void consider(pid_t pid) override {
        if (std::find(said_.begin(), said_.end(), pid) != said_.end()) {
            note({pid, 0, 0});
        }
    }
    bool belongs(const kernel::Process&, const Candidate&) const override { return true; }

 private:
    const std::vector<pid_t>& said_;
};

/// Finds one more with each scan.
class Growing final : public kernel::Selection {
 public:
    explicit Growing(const std::vector<pid_t>& all) : all_(all) {}

 protected:
    void consider(pid_t /*pid*/) override {}
    std::vector<Candidate> chosen(const std::vector<pid_t>& members) override {
        const auto size = std::min(members.size() + 1, all_.size());
        std::vector<Candidate> candidates;
        std::transform(all_.begin(), all_.begin() + static_cast<std::ptrdiff_t>(size), std::back_inserter(candidates),
                       [](pid_t pid) {
                           return Candidate{pid, 0, 0};
                       });
        return candidates;
    }
    bool belongs(const kernel::Process&, const Candidate&) const override { return true; }

 private:
    const std::vector<pid_t>& all_;
};

class SeveralProcesses : public testing::Test {
 protected:
    void make(std::size_t most) {
        Several several;
        several.selection = std::make_unique<Said>(said);
        several.name.text = "those";
        several.most = most;
        target = several_target(std::move(several));
        target->begin_look();
        while (!target->look_step()) {
        }
        ASSERT_TRUE(target->owners());
    }
    void set(bool admits_more) {
        ASSERT_TRUE(target->begin(Priority::idle(), [admits_more](const kernel::Owner&) { return admits_more; }));
        while (!target->step()) {
        }
    }

    Process first;
    Process joins;
    std::vector<pid_t> said{first.pid()};
    std::unique_ptr<Target> target;
};

TEST_F(SeveralProcesses, cover_those_that_join_under_the_authorization) {
    make(2);
    said.push_back(joins.pid());
    set(true);
    const auto outcome = target->result();
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->processes, 2U);
    EXPECT_EQ(priorities_of(joins.pid()), (Breakdown{{"idle", 1}}));
    EXPECT_TRUE(target->covers(first.pid(), 0));
    EXPECT_TRUE(target->covers(joins.pid(), 0));
}

TEST_F(SeveralProcesses, leave_alone_and_do_not_cover_one_that_joins_and_needs_more) {
    make(2);
    said.push_back(joins.pid());
    set(false);
    const auto outcome = target->result();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.failure().code, ErrorCode::partially_applied);
    EXPECT_EQ(priorities_of(first.pid()), (Breakdown{{"idle", 1}}));
    EXPECT_EQ(priorities_of(joins.pid()), (Breakdown{{"none", 1}}));
    EXPECT_TRUE(target->covers(first.pid(), 0));
    EXPECT_FALSE(target->covers(joins.pid(), 0));  // or a lease on it would be taken for overruled
}

TEST_F(SeveralProcesses, give_one_back_what_it_had_that_changes_hands_while_they_are_set) {
    Changing changing;
    said.push_back(changing.pid());
    make(3);
    set(true);
    changing.become_another();
    const auto outcome = target->result();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.failure().code, ErrorCode::partially_applied);
    EXPECT_EQ(priorities_of(first.pid()), (Breakdown{{"idle", 1}}));
    EXPECT_EQ(priorities_of(changing.pid()), (Breakdown{{"none", 1}}));
}

TEST_F(SeveralProcesses, that_become_too_many_while_they_are_set_are_partly_set) {
    make(1);
    said.push_back(joins.pid());
    set(true);
    const auto outcome = target->result();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.failure().code, ErrorCode::partially_applied);
    EXPECT_EQ(priorities_of(first.pid()), (Breakdown{{"idle", 1}}));
}

/// A set process that starts one after the other: each scan finds one that has what is wanted from its parent.
class BirthByBirth : public SeveralProcesses {
 protected:
    Expected<Outcome> result_of_setting(const std::string& born_with) {
        for (const auto& process : born) {
            all.push_back(process.pid());
            test::set_thread(process.pid(), born_with);
        }
        Several several;
        several.selection = std::make_unique<Growing>(all);
        several.first.push_back(*kernel::Process::pin(first.pid()));
        several.name.text = "those";
        target = several_target(std::move(several));
        set(true);
        if (target->restless()) {
            target->again();
            while (!target->step()) {
            }
        }
        return target->result();
    }
    std::array<Process, 60> born;
    std::vector<pid_t> all{first.pid()};
};

TEST_F(BirthByBirth, of_what_is_wanted_already_do_not_outrun) {
    const auto outcome = result_of_setting("idle");
    ASSERT_TRUE(outcome) << outcome.failure().message;
    EXPECT_EQ(priorities_of(first.pid()), (Breakdown{{"idle", 1}}));
}

TEST_F(BirthByBirth, of_others_do_and_those_that_were_found_are_set) {
    const auto outcome = result_of_setting("best-effort:2");
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.failure().code, ErrorCode::partially_applied);
    EXPECT_NE(outcome.failure().message.find("faster than they can be set"), std::string::npos);
    EXPECT_EQ(priorities_of(first.pid()), (Breakdown{{"idle", 1}}));
    const auto set = std::count_if(all.begin(), all.end(), [](pid_t pid) {
        return priorities_of(pid) == Breakdown{{"idle", 1}};
    });
    EXPECT_EQ(static_cast<unsigned>(set), 1 + 2 * 16U);  // one with each scan of both rounds
}

TEST_F(SeveralProcesses, that_are_too_many_before_are_refused) {
    said.push_back(joins.pid());
    Several several;
    several.selection = std::make_unique<Said>(said);
    several.most = 1;
    target = several_target(std::move(several));
    target->begin_look();
    while (!target->look_step()) {
    }
    const auto owners = target->owners();
    ASSERT_FALSE(owners);
    EXPECT_EQ(owners.failure().code, ErrorCode::limits_exceeded);
}

}  // namespace
}  // namespace iopriority::targets
