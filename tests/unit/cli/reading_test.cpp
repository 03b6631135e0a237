// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/reading.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace iopriority::cli {

namespace {

/// Threads 1, 2, ... with what is set on them; one whose value is an error has ended.
class FakeThreads final : public kernel::ThreadGroup {
 public:
    explicit FakeThreads(std::vector<int> values) : values_(std::move(values)) {}
    bool alive = true;

    void rewind() override { listed_ = false; }
    int next(std::vector<pid_t>& tids) override {
        tids.clear();
        for (std::size_t i = 0; i < values_.size() && !listed_; ++i) {
            tids.push_back(static_cast<pid_t>(i + 1));
        }
        listed_ = true;
        return 0;
    }
    unsigned count() override { return static_cast<unsigned>(values_.size()); }
    bool owns_number() override { return alive; }
    bool running() override { return alive; }
    bool contains(pid_t) override { return true; }
    bool is_young(pid_t) override { return false; }
    std::optional<pid_t> creator_of_stranger(pid_t) override { return std::nullopt; }
    int get(pid_t tid) override { return values_.at(static_cast<std::size_t>(tid) - 1); }
    int set(pid_t, int) override { return -EPERM; }
    std::optional<Priority> effective(pid_t, Priority set) override {
        return set == Priority::none() ? Priority::best_effort(4) : set;
    }

 private:
    std::vector<int> values_;
    bool listed_ = false;
};

const int none = values::to_kernel(Priority::none());
const int idle = values::to_kernel(Priority::idle());
const int realtime = values::to_kernel(Priority::realtime(0));

}  // namespace

TEST(Reading, IsNothingOfAProcessThatHasEnded) {
    FakeThreads ended({none});
    ended.alive = false;
    EXPECT_FALSE(read_threads(ended));
    FakeThreads ending({-ESRCH});
    EXPECT_FALSE(read_threads(ending));
}

TEST(Reading, LeavesOutThreadsThatHaveEnded) {
    FakeThreads threads({idle, -ESRCH, idle});
    const auto reading = read_threads(threads);
    ASSERT_TRUE(reading);
    EXPECT_EQ(reading->threads(), 2U);
    EXPECT_EQ(reading->to_string(), "idle");
}

TEST(Reading, TellsAMixtureFromOneKind) {
    FakeThreads threads({none, idle, none});
    const auto reading = read_threads(threads);
    ASSERT_TRUE(reading);
    EXPECT_EQ(reading->to_string(), "none(2),idle(1)");
    EXPECT_FALSE(reading->is_default());
    EXPECT_EQ(reading->effective, Priority::best_effort(4));
}

TEST(Reading, IsTheDefaultWhenNothingIsSetOnAnyThread) {
    FakeThreads threads({none, none});
    EXPECT_TRUE(read_threads(threads)->is_default());
}

TEST(Reading, HasTheEffectOfTheThreadThatIsServedFirst) {
    FakeThreads threads({idle, none, realtime});
    EXPECT_EQ(read_threads(threads)->effective, Priority::realtime(0));
}

}  // namespace iopriority::cli
