// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// What a service that starts finds in its runtime directory: nothing there may stop it, or make it change what no hold
// changed.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "cast.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* directory = "/run/iopriority/";

std::string text_of(const std::string& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

void write_file(const std::string& path, const std::string& text) {
    std::ofstream{path} << text;
}

/// With another number of the hold.
std::string with_number(const std::string& text, const std::string& number) {
    const auto begin = text.find("\nhold ") + 6;
    return text.substr(0, begin) + number + text.substr(text.find(' ', begin));
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
}

/// A service that was killed with a hold on a process that is realtime now.
class State : public testing::Test {
 protected:
    State() {
        set_rules(rule(set_realtime, "YES"));
        alice.hold(own.pid(), "realtime:0");
        kill_daemon();
        for (const auto& stored : fs::directory_iterator{directory}) {
            if (stored.path().string().starts_with(directory + std::string{"held-"} + own.id() + '-')) {
                path = stored.path();
            }
        }
        text = text_of(path);
    }
    /// The last word of a hold goes after a settle pass.
    static bool becomes_empty() {
        return eventually([] { return fs::is_empty(directory); });
    }
    static void kill_daemon() {
        const auto pid = daemon_pid().value();
        kill(pid, SIGKILL);
        EXPECT_TRUE(wait_for_end(pid) && eventually([] { return daemon_pid() == std::nullopt; }));
    }

    const Target own{"alice", {"threads", "2"}};
    const Target other{"bob", {"threads", "1"}};
    Client alice{"alice"};
    std::string path;
    std::string text;
};

TEST_F(State, is_readable_by_the_service_alone) {
    struct stat status {};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    EXPECT_EQ(status.st_uid, uid_of("iopriority"));
    ASSERT_EQ(stat(directory, &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

TEST_F(State, that_is_whole_ends_the_hold_and_is_gone) {
    EXPECT_EQ(holds(), 0U);
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
    EXPECT_TRUE(becomes_empty());
}

TEST_F(State, that_is_cut_off_or_wrong_changes_nothing_and_is_removed) {
    const auto longest = text.size() - 1;
    for (const auto& wrong :
         {std::string{}, text.substr(0, longest), text.substr(0, longest / 2), text + text, std::string(5'000'000, 'x'),
          std::string(100, '\0'), replaced(text, "realtime 0", "realtime 9"), replaced(text, "end", "fin"),
          with_number(text, "18446744073709551616"), with_number(text, "18446744073709551615"), with_number(text, "0"),
          replaced(text, "iopriority-hold 3", "iopriority-hold 1")}) {
        write_file(path, wrong);
        EXPECT_EQ(holds(), 0U) << wrong.substr(0, 200);
        EXPECT_EQ(own.priorities(), (Breakdown{{"realtime:0", 2}})) << wrong.substr(0, 200);
        EXPECT_TRUE(becomes_empty()) << wrong.substr(0, 200);
        kill_daemon();
    }
}

TEST_F(State, of_another_process_than_its_name_says_changes_nothing) {
    fs::remove(path);
    write_file(replaced(path, "held-" + own.id(), "held-" + other.id()), text);
    EXPECT_EQ(holds(), 0U);
    EXPECT_EQ(own.priorities(), (Breakdown{{"realtime:0", 2}}));
    EXPECT_TRUE(becomes_empty());
}

TEST_F(State, that_was_being_written_when_the_service_was_killed_is_not_taken_for_one) {
    write_file(path + ".new", replaced(text, "thread " + own.id() + " 0", "thread " + own.id() + " 24576"));
    EXPECT_EQ(holds(), 0U);
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
    EXPECT_TRUE(becomes_empty());
}

TEST_F(State, of_a_process_that_was_started_at_another_time_changes_nothing) {
    const auto begin = text.find("process " + own.id() + ' ') + 9 + own.id().size();
    fs::remove(path);
    write_file(replaced(path, own.id() + '-', own.id() + "-1"), text.substr(0, begin) + '1' + text.substr(begin));
    EXPECT_EQ(holds(), 0U);
    EXPECT_EQ(own.priorities(), (Breakdown{{"realtime:0", 2}}));
    EXPECT_TRUE(becomes_empty());
}

TEST_F(State, that_names_threads_of_another_process_does_not_change_them) {
    set_all(other.pid(), "realtime:0");
    write_file(path, replaced(text, "thread " + own.id(), "thread " + other.id()));
    EXPECT_EQ(holds(), 0U);
    EXPECT_EQ(other.priorities(), (Breakdown{{"realtime:0", 1}}));
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
}

TEST_F(State, that_names_a_large_number_leaves_room_for_the_next_hold) {
    write_file(path, with_number(text, "9223372036854775807"));
    EXPECT_EQ(holds(), 0U);
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
    const int hold = alice.hold(own.pid(), "idle");
    alice.hold(own.pid(), "best-effort:1");
    EXPECT_EQ(holds(), 2U);
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:1", 2}}));
    alice.close(hold);
    EXPECT_TRUE(holds_become(1));
}

TEST_F(State, that_holds_a_hold_of_another_state_does_no_harm) {
    write_file(replaced(path, "held-" + own.id(), "held-" + other.id()),
               replaced(text, "process " + own.id(), "process " + other.id()));
    EXPECT_EQ(holds(), 0U);
    EXPECT_EQ(other.priorities(), (Breakdown{{"none", 1}}));
    EXPECT_TRUE(becomes_empty());
    alice.hold(own.pid(), "idle");
    EXPECT_EQ(holds(), 1U);
}

TEST_F(State, that_cannot_be_written_grants_no_hold_and_takes_the_change_back) {
    EXPECT_EQ(holds(), 0U);
    fs::permissions(directory, fs::perms::owner_read | fs::perms::owner_exec);
    const auto answer = alice.try_hold(own.pid(), "realtime:0");
    fs::permissions(directory, fs::perms::owner_all);
    EXPECT_EQ(answer, error::failed);
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
    EXPECT_EQ(holds(), 0U);
    EXPECT_GE(alice.hold(own.pid(), "idle"), 0);
}

TEST_F(State, that_is_not_a_file_delays_nobody) {
    const std::string name = directory + std::string{"held-"};
    ASSERT_EQ(mkfifo((name + "1").c_str(), 0666), 0);
    fs::create_directory(name + "2");
    fs::create_symlink("/dev/zero", name + "3");
    fs::create_symlink(path, name + "4");
    ASSERT_EQ(mknod((name + "5").c_str(), S_IFCHR | 0666, makedev(1, 5)), 0);  // /dev/zero
    write_file(name, text);
    write_file(name + "x", text);
    write_file(name + "-7", text);
    write_file(directory + std::string{"other"}, "somebody's");
    EXPECT_EQ(holds(), 0U);
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
    EXPECT_EQ(text_of(directory + std::string{"other"}), "somebody's");
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
