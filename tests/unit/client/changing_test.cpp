// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client/changing.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <map>

namespace iopriority::client {

namespace {

/// Threads of which some refuse.
class FakeThreads final : public kernel::ThreadGroup {
 public:
    std::map<pid_t, int> values;  // as the kernel has them
    std::map<pid_t, int> errors;
    bool alive = true;

    void rewind() override { listed_ = false; }
    int next(std::vector<pid_t>& tids) override {
        tids.clear();
        if (!listed_) {
            for (const auto& [tid, value] : values) {
                tids.push_back(tid);
            }
        }
        listed_ = true;
        return 0;
    }
    unsigned count() override { return static_cast<unsigned>(values.size()); }
    bool owns_number() override { return alive; }
    bool running() override { return alive; }
    bool contains(pid_t tid) override { return values.count(tid) != 0; }
    bool is_young(pid_t) override { return false; }
    std::optional<pid_t> creator_of_stranger(pid_t) override { return std::nullopt; }
    int get(pid_t tid) override { return values.at(tid); }
    int set(pid_t tid, int value) override {
        if (errors.count(tid) != 0) {
            return -errors.at(tid);
        }
        values[tid] = value;
        return 0;
    }
    std::optional<Priority> effective(pid_t, Priority set) override { return set; }

 private:
    bool listed_ = false;
};

const int idle = values::to_kernel(Priority::idle());

}  // namespace

TEST(Changing, SaysAccessDeniedAndChangesBackWhatItHadChangedWhenTheKernelRefusesOneThread) {
    FakeThreads threads;
    threads.values = {{10, 0}, {11, 0}, {12, 0}};
    threads.errors = {{12, EPERM}};
    const auto changed = change_threads(threads, Priority::idle(), "process 10 (tar)");
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.failure().code, ErrorCode::access_denied);
    EXPECT_EQ(changed.failure().message.find("process 10 (tar)"), 0U);
    EXPECT_EQ(threads.values.at(10), 0);
    EXPECT_EQ(threads.values.at(11), 0);
}

TEST(Changing, SaysInTheKernelsWordsWhatElseItRefuses) {
    FakeThreads threads;
    threads.values = {{10, 0}};
    threads.errors = {{10, ENOSYS}};
    const auto changed = change_threads(threads, Priority::idle(), "process 10 (tar)");
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.failure().code, ErrorCode::failed);
    EXPECT_NE(changed.failure().message.find("Function not implemented"), std::string::npos);
}

TEST(Changing, SaysNoProcessOfOneThatHasEnded) {
    FakeThreads threads;
    threads.values = {{10, 0}};
    threads.alive = false;
    const auto changed = change_threads(threads, Priority::idle(), "process 10 (tar)");
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.failure().code, ErrorCode::no_such_process);
}

TEST(Changing, SetsAndCountsAllThreads) {
    FakeThreads threads;
    threads.values = {{10, 0}, {11, 0}, {12, idle}};
    const auto changed = change_threads(threads, Priority::idle(), "process 10 (tar)");
    ASSERT_TRUE(changed);
    EXPECT_EQ(*changed, 3U);
    for (const auto& [tid, value] : threads.values) {
        EXPECT_EQ(value, idle) << tid;
    }
}

}  // namespace iopriority::client
