// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the service needs for the end of as many holds as four users can have, on as many processes as their bounds
// allow.
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "attacks.hpp"
#include "crowd.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

constexpr long most_memory_kb = 64L * 1024;  // a quarter of MemoryMax= in the unit
constexpr int of_a_user = 16;

/// Four users hold a tree, each as often as a user can: with IOPRIORITY_SOAK=1 about as many threads as can be recorded
/// in all, which takes minutes.
TEST(Holds_of_four_users, on_many_processes_that_end_at_once_need_little_memory) {
    const int processes = std::getenv("IOPRIORITY_SOAK") != nullptr ? 2000 : 200;  // NOLINT(concurrency-mt-unsafe)
    const auto daemon = running_daemon();
    set_rules(rule(set_other_users, "YES"));
    const Crowd crowd{"alice", processes};
    std::vector<std::unique_ptr<Client>> holders;
    for (const auto& user : make_users(4)) {
        holders.push_back(std::make_unique<Client>(user));
        for (int i = 0; i < of_a_user; ++i) {
            holders.back()->hold(on::tree(crowd.pid()), "best-effort:" + std::to_string(i % 8));
        }
    }
    ASSERT_EQ(holds(), 4U * of_a_user);
    for (const auto& holder : holders) {
        holder->child().signal(SIGKILL);
    }
    ASSERT_TRUE(holds_become(0));
    while (!std::filesystem::is_empty("/run/iopriority")) {
        pause_between_looks();
    }
    EXPECT_LT(std::stol(status_field(daemon, "VmHWM")), most_memory_kb);
    EXPECT_EQ(priority_of_thread(crowd.pid()), "none");
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
