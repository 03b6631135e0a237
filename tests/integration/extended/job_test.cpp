// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// A job over real processes, where one joins or changes hands that the grant does not cover, or ever more are born.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <functional>
#include <iterator>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/job.hpp"
#include "support/kernel.hpp"

namespace iopriority::engine {
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

constexpr uid_t root = 0;
constexpr uid_t somebody = 4242;

Expected<Changed> finish(Job& job) {
    auto progress = Job::Progress::more;
    while ((progress = job.step()) != Job::Progress::done) {
        if (progress == Job::Progress::settle) {
            std::this_thread::sleep_for(settle_delay);
        }
    }
    return job.result();
}

Expected<Look> look(Job& job) {
    job.begin_look();
    while (!job.look_step()) {
    }
    return job.looked();
}

/// What polkit has allowed somebody on root's threads, and on nobody else's.
policy::Grant for_root() {
    return policy::Grant::given(somebody, policy::Action::set_other_users, {root});
}

/// What one becomes another's while it is set: after the set of a thread, before that is judged again.
class Interrupted final : public process::ThreadGroup {
 public:
    Interrupted(std::unique_ptr<process::ThreadGroup> threads, std::function<void()> after_set)
        : threads_(std::move(threads)), after_set_(std::move(after_set)) {}

    void rewind() override { threads_->rewind(); }
    int next(std::vector<pid_t>& tids) override { return threads_->next(tids); }
    unsigned count() override { return threads_->count(); }
    std::optional<pid_t> only_thread() override { return threads_->only_thread(); }
    bool owns_number() override { return threads_->owns_number(); }
    bool running() override { return threads_->running(); }
    bool contains(pid_t tid) override { return threads_->contains(tid); }
    bool belongs(pid_t tid) override { return threads_->belongs(tid); }
    bool is_new(pid_t tid) override { return threads_->is_new(tid); }
    bool is_young(pid_t tid) override { return threads_->is_young(tid); }
    bool has_ended(pid_t tid) override { return threads_->has_ended(tid); }
    bool is_ended_first(pid_t tid) override { return threads_->is_ended_first(tid); }
    Expected<process::Credentials> credentials(pid_t tid) override { return threads_->credentials(tid); }
    std::optional<pid_t> creator_of_recycled(pid_t tid) override { return threads_->creator_of_recycled(tid); }
    std::optional<Priority> effective(pid_t tid, Priority set) override { return threads_->effective(tid, set); }
    int get(pid_t tid) override { return threads_->get(tid); }
    int set(pid_t tid, int value) override {
        const int result = threads_->set(tid, value);
        if (after_set_) {
            std::exchange(after_set_, nullptr)();
        }
        return result;
    }

 private:
    std::unique_ptr<process::ThreadGroup> threads_;
    std::function<void()> after_set_;
};

/// Has it become another's right after its first thread was set.
void interrupt(Target& target, Changing& changing) {
    target.open = [&changing](const process::Process& process) -> Expected<std::unique_ptr<process::ThreadGroup>> {
        auto threads = open_proc_threads(process);
        if (!threads || process.pid() != changing.pid()) {
            return threads;
        }
        return std::unique_ptr<process::ThreadGroup>(
            std::make_unique<Interrupted>(*std::move(threads), [&changing] { changing.become_another(); }));
    };
}

TEST(OneProcess, that_changes_hands_while_it_is_set_gets_back_what_it_had) {
    Changing changing;
    test::set_thread(changing.pid(), "best-effort:1");
    auto target = process_target(*process::Process::pin(changing.pid())).value();
    interrupt(target, changing);
    Job job(std::move(target), {Priority::idle()}, somebody);
    ASSERT_TRUE(look(job));
    job.begin(for_root());
    const auto outcome = finish(job);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.failure().code, ErrorCode::no_such_process);
    EXPECT_EQ(priorities_of(changing.pid()), (Breakdown{{"best-effort:1", 1}}));
}

TEST(OneProcess, that_changes_hands_before_it_is_set_is_left_alone) {
    Changing changing;
    Job job(process_target(*process::Process::pin(changing.pid())).value(), {Priority::idle()}, somebody);
    ASSERT_TRUE(look(job));
    changing.become_another();
    job.begin(for_root());
    const auto outcome = finish(job);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.failure().code, ErrorCode::no_such_process);
    EXPECT_EQ(priorities_of(changing.pid()), (Breakdown{{"none", 1}}));
}

TEST(OneProcess, that_changes_hands_between_two_looks_is_found) {
    Changing changing;
    Job job(process_target(*process::Process::pin(changing.pid())).value(), {Priority::idle()}, somebody);
    ASSERT_TRUE(look(job));
    changing.become_another();
    const auto again = look(job);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.failure().code, ErrorCode::no_such_process);
}

/// Finds what the test says, from then on; or of that one more with each scan.
class Said final : public process::Selection {
 public:
    enum class Pace : bool { all, one_more_with_each_scan };
    Said(const std::vector<pid_t>& said, Pace pace) : said_(said), pace_(pace) {}

    void restart() override {}
    Expected<bool> step() override { return true; }
    std::vector<Candidate> found(const std::vector<pid_t>& members) override {
        const auto size = pace_ == Pace::all ? said_.size() : std::min(members.size() + 1, said_.size());
        std::vector<Candidate> candidates;
        std::transform(said_.begin(), said_.begin() + static_cast<std::ptrdiff_t>(size), std::back_inserter(candidates),
                       [](pid_t pid) { return Candidate{pid}; });
        return candidates;
    }
    Expected<Pinned> pin(const Candidate& candidate) override {
        auto process = process::Process::pin(candidate.pid);
        return process ? Expected<Pinned>(std::make_shared<const process::Process>(*std::move(process)))
                       : process.failure();
    }

 private:
    const std::vector<pid_t>& said_;
    Pace pace_;
};

class SeveralProcesses : public testing::Test {
 protected:
    [[nodiscard]] Target those(Said::Pace pace = Said::Pace::all) const {
        Target target;
        target.selection = std::make_unique<Said>(said, pace);
        target.name.text = "those";
        target.nobody = "those have ended";
        return target;
    }
    void make(Target target) {
        job.emplace(std::move(target), Order{Priority::idle()}, somebody);
        ASSERT_TRUE(look(*job));
    }
    [[nodiscard]] Expected<Changed> set() {
        job->begin(for_root(), nullptr, {}, [this](const process::ProcessKey& key, const auto& /*tids*/, bool /*all*/) {
            EXPECT_EQ(*process::Process::pin(key.pid)->key(), key);
            as_wanted.insert(key.pid);
            return false;
        });
        return finish(*job);
    }

    Process first;
    Process joins;
    std::vector<pid_t> said{first.pid()};
    std::optional<Job> job;
    std::set<pid_t> as_wanted;  ///< those with such threads: whose holds are overruled
};

TEST_F(SeveralProcesses, cover_those_that_join_under_the_authorization) {
    make(those());
    said.push_back(joins.pid());
    const auto outcome = set();
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->processes, 2U);
    EXPECT_EQ(priorities_of(joins.pid()), (Breakdown{{"idle", 1}}));
    EXPECT_EQ(as_wanted, (std::set{first.pid(), joins.pid()}));
}

TEST_F(SeveralProcesses, leave_alone_and_do_not_cover_one_that_joins_and_needs_more) {
    Changing other;
    other.become_another();
    make(those());
    said.push_back(other.pid());
    const auto outcome = set();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.failure().code, ErrorCode::partially_applied);
    EXPECT_EQ(priorities_of(first.pid()), (Breakdown{{"idle", 1}}));
    EXPECT_EQ(priorities_of(other.pid()), (Breakdown{{"none", 1}}));
    EXPECT_EQ(as_wanted, std::set{first.pid()});  // or a hold on the other would be taken for overruled
}

TEST_F(SeveralProcesses, give_one_back_what_it_had_that_changes_hands_while_they_are_set) {
    Changing changing;
    said.push_back(changing.pid());
    auto target = those();
    interrupt(target, changing);
    make(std::move(target));
    const auto outcome = set();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.failure().code, ErrorCode::partially_applied);
    EXPECT_EQ(priorities_of(first.pid()), (Breakdown{{"idle", 1}}));
    EXPECT_EQ(priorities_of(changing.pid()), (Breakdown{{"none", 1}}));
}

/// More numbers than one request may be about. They are not looked at.
std::vector<pid_t> too_many(pid_t first) {
    std::vector<pid_t> many(4097, first);
    std::iota(many.begin() + 1, many.end(), 1'000'000'000);  // numbers that no process can have
    return many;
}

TEST_F(SeveralProcesses, that_are_too_many_before_are_refused) {
    said = too_many(first.pid());
    job.emplace(those(), Order{Priority::idle()}, somebody);
    const auto seen = look(*job);
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.failure().code, ErrorCode::limits_exceeded);
}

TEST_F(SeveralProcesses, that_become_too_many_while_they_are_set_are_partly_set) {
    auto target = those();
    target.open = [this](const process::Process& process) {
        if (job) {  // it is set now
            said = too_many(first.pid());
        }
        return open_proc_threads(process);
    };
    make(std::move(target));
    const auto outcome = set();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.failure().code, ErrorCode::partially_applied);
    EXPECT_EQ(priorities_of(first.pid()), (Breakdown{{"idle", 1}}));
}

/// A set process that starts one after the other: each scan finds one that has what is wanted from its parent.
class BirthByBirth : public SeveralProcesses {
 protected:
    Expected<Changed> result_of_setting(const std::string& born_with) {
        for (const auto& process : born) {
            said.push_back(process.pid());
            test::set_thread(process.pid(), born_with);
        }
        job.emplace(those(Said::Pace::one_more_with_each_scan), Order{Priority::idle()}, root);
        job->begin(policy::Grant::everything(root));
        return finish(*job);
    }
    std::array<Process, 60> born;
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
    const auto set = std::count_if(said.begin(), said.end(), [](pid_t pid) {
        return priorities_of(pid) == Breakdown{{"idle", 1}};
    });
    EXPECT_EQ(static_cast<unsigned>(set), 2 * 16U);  // one with each scan of both rounds
}

}  // namespace
}  // namespace iopriority::engine
