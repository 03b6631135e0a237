// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Processes that are held up while they execute a program. Kernels exist that let a reader of /proc/PID/stat wait for
// that.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>

#include "extended/cast.hpp"
#include "extended/mute_file.hpp"
#include "hostile.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto at_once = std::chrono::seconds{2};

/// A process of alice that executes a program: one of its descriptors is closed by that, in a file system of hers that
/// does not answer.
class Executing {
 public:
    Executing() {
        process_.emplace("alice", [this](const std::function<void()>& ready) {
            static_cast<void>(open(file_.path().c_str(), O_RDONLY | O_CLOEXEC));
            ready();
            execl("/bin/sleep", "sleep", "1000", nullptr);
        });
        if (!eventually([this] { return file_.is_closing(); })) {
            throw std::runtime_error("it does not close its file");
        }
    }
    Executing(const Executing&) = delete;
    Executing& operator=(const Executing&) = delete;
    Executing(Executing&&) = delete;
    Executing& operator=(Executing&&) = delete;
    ~Executing() { file_.give_up(); }  // else it could not be killed

    [[nodiscard]] pid_t pid() const { return process_->pid(); }
    void get_on() const { file_.give_up(); }

 private:
    MuteFile file_{MuteFile::Closing::silent};
    std::optional<Forked> process_;
};

class Executing_process : public testing::Test {
 protected:
    void TearDown() override { EXPECT_EQ(daemon_pid(), daemon); }

    template <typename Action>
    static Clock::duration time_of(Action action) {
        const auto start = Clock::now();
        action();
        return Clock::now() - start;
    }

    Client alice{"alice"};
    Client bob{"bob"};
    pid_t daemon = running_daemon();
    Actor bobs{"bob"};
    Executing executing;
};

TEST_F(Executing_process, keeps_nobody_waiting_who_sets_a_tree) {
    bobs.fork();
    EXPECT_LT(time_of([&] { EXPECT_EQ(bob.set(on::tree(bobs.pid()), "idle"), "ok 2 2"); }), at_once);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 1}}));
}

TEST_F(Executing_process, keeps_nobody_waiting_who_sets_a_group) {
    const auto group = bobs.does("group").at(0);
    EXPECT_LT(time_of([&] { EXPECT_EQ(bob.set(on::group(group), "idle"), "ok 1 1"); }), at_once);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 1}}));
}

TEST_F(Executing_process, keeps_nobody_waiting_while_there_are_holds) {
    constexpr std::chrono::seconds look{1};  // how often the service looks for what is born under a hold
    const auto hold = bob.hold(on::tree(bobs.pid()), "idle");
    const auto child = bobs.fork();
    const auto start = Clock::now();
    while (Clock::now() - start < 2 * look + at_once) {
        ASSERT_LT(time_of([&] { EXPECT_EQ(bob.set(bob.pid(), "best-effort:7"), "ok 1 1"); }), at_once);
    }
    bob.end(hold);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 1}}));
    EXPECT_EQ(priorities_of(child), (Breakdown{{"none", 1}}));
}

TEST_F(Executing_process, is_set_like_any_other) {
    EXPECT_EQ(alice.set(executing.pid(), "idle"), "ok 1 1");
    EXPECT_EQ(priorities_of(executing.pid()), (Breakdown{{"idle", 1}}));
}

TEST_F(Executing_process, is_found_with_its_tree_when_it_gets_on) {
    EXPECT_LT(time_of([&] { static_cast<void>(alice.set(on::tree(executing.pid()), "idle")); }), at_once);
    executing.get_on();
    EXPECT_TRUE(eventually([&] { return alice.set(on::tree(executing.pid()), "idle") == "ok 1 1"; }));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
