// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// The log of one who makes changes as fast as it can.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <regex>
#include <sstream>

#include "hostile.hpp"
#include "support/kernel.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

constexpr int most_a_second = 10;

struct Lines {
    int changes = 0;
    int left_out = 0;  ///< as the lines say
    int summaries = 0;
};

Lines lines_for(uid_t uid) {
    const std::string user = "uid " + std::to_string(uid);
    const std::regex summary{"iopriorityd: ([0-9]+) more changes and refusals by " + user +
                             " within a second are left out of the log"};
    std::istringstream log{daemon_log()};
    Lines lines;
    for (std::string line; std::getline(log, line);) {
        std::smatch match;
        if (std::regex_match(line, match, summary)) {
            ++lines.summaries;
            lines.left_out += std::stoi(match[1]);
        } else if (line.find(", set by ") != std::string::npos && line.find('(' + user + ", ") != std::string::npos) {
            ++lines.changes;
        }
    }
    return lines;
}

TEST(TheLog, has_ten_lines_a_second_of_one_user_and_then_how_many_are_missing) {
    const Target own{"alice", {"threads", "2"}};
    const Target bobs{"bob", {"threads", "2"}};
    Caller alice{"alice"};
    Caller bob{"bob"};
    constexpr int changes = 500;
    for (int i = 0; i < changes; ++i) {
        EXPECT_EQ(alice.set_process(own.pid(), "best-effort", static_cast<unsigned>(i % 8)), "ok 2");
    }
    EXPECT_EQ(bob.set_process(bobs.pid(), "idle", 0), "ok 2");
    EXPECT_TRUE(eventually([&] { return lines_for(uid_of("bob")).changes == 1; }))
        << "what alice does is not bob's fault";
    EXPECT_TRUE(eventually([&] {
        const auto lines = lines_for(uid_of("alice"));
        return lines.changes + lines.left_out == changes;
    })) << "every change is in the log, by itself or in a number";
    const auto lines = lines_for(uid_of("alice"));
    EXPECT_GT(lines.summaries, 0);
    EXPECT_LE(lines.changes, (lines.summaries + 1) * most_a_second);
    EXPECT_GT(lines.left_out, lines.changes);
}

TEST(TheLog, says_at_its_end_how_many_are_missing) {
    const Target own{"carol", {"threads", "2"}};
    Caller carol{"carol"};
    constexpr int changes = 40;
    for (int i = 0; i < changes; ++i) {
        EXPECT_EQ(carol.set_process(own.pid(), "best-effort", static_cast<unsigned>(i % 8)), "ok 2");
    }
    const auto daemon = daemon_pid().value();
    kill(daemon, SIGTERM);
    ASSERT_TRUE(wait_for_end(daemon));
    const auto lines = lines_for(uid_of("carol"));
    EXPECT_EQ(lines.changes + lines.left_out, changes);
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
