// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// The spelling of ionice: the real ionice and ioprioctl side by side. Where a row names no difference, both print the
// same, end with the same status and leave the same on every thread; where it names one, they differ, and the man page
// says so.
#include <gtest/gtest.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>

#include "../client/child.hpp"
#include "process/syscalls.hpp"
#include "program.hpp"
#include "values/values.hpp"

namespace iopriority::cli::test {

namespace {

using client::test::Child;
using Words = std::vector<std::string>;
using Breakdown = std::map<std::string, int>;

// Sentences of the man page, as they stand there.
const std::string same;
const std::string all_threads = "It sets all threads of a process, and shows the highest of their priorities";
const std::string levels = "A level is a number from 0 to 7";
const std::string classes = "a class is one of the four";
const std::string ids = "a process id has digits only";
const std::string looked_first = "before anything is changed";
const std::string names = "Users can be given by name, and classes by the names of this page";
const std::string verbs = "A word without an option before it is a command of *ioprioctl*";
const std::string texts = "Messages, help and version are those of *ioprioctl*";
const std::string wrong_lines = "An unknown option ends it with status 2";

/// What stands in a row, alone or at the end of a word, for a number: "PID", "SECOND", "THREAD", "PGID", "UID", "GONE".
struct World {
    Child first{2};
    Child second{0};
    uid_t uid = 54321;
    pid_t of_user = fork_user(uid);

    World() { ::setpgid(first.pid(), 0); }
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    World(World&&) = delete;
    World& operator=(World&&) = delete;
    ~World() {
        ::kill(of_user, SIGKILL);
        ::waitpid(of_user, nullptr, 0);
    }

    static pid_t fork_user(uid_t uid) {
        std::array<int, 2> ready{};
        if (::pipe(ready.data()) != 0) {
            throw std::runtime_error("pipe");
        }
        const pid_t child = ::fork();
        if (child == 0) {
            ::close(ready[0]);
            if (::setresuid(uid, uid, uid) != 0) {
                ::_exit(1);
            }
            ::close(ready[1]);
            while (true) {
                ::pause();
            }
        }
        ::close(ready[1]);
        char none = 0;
        static_cast<void>(::read(ready[0], &none, 1));
        ::close(ready[0]);
        return child;
    }

    [[nodiscard]] std::vector<pid_t> threads() const {
        std::vector<pid_t> all;
        for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(first.pid()) + "/task")) {
            all.push_back(std::stoi(task.path().filename()));
        }
        std::sort(all.begin(), all.end());
        return all;
    }
    [[nodiscard]] std::string word(const std::string& name) const {
        const std::map<std::string, std::string> all{{"PID", std::to_string(first.pid())},
                                                     {"SECOND", std::to_string(second.pid())},
                                                     {"THREAD", std::to_string(threads().back())},
                                                     {"PGID", std::to_string(first.pid())},
                                                     {"UID", std::to_string(uid)},
                                                     {"GONE", "4194303"}};
        const auto found =
            std::find_if(all.begin(), all.end(), [&](const auto& each) { return name.ends_with(each.first); });
        return found == all.end() ? name : name.substr(0, name.size() - found->first.size()) + found->second;
    }
    [[nodiscard]] Words words(const Words& row) const {
        Words result;
        std::transform(row.begin(), row.end(), std::back_inserter(result),
                       [&](const auto& each) { return word(each); });
        return result;
    }
};

struct Seen {
    int status = 0;
    std::string output;
    Words priorities;  // of the threads of the first, of the second, of the user's

    friend bool operator==(const Seen&, const Seen&) = default;
    friend std::ostream& operator<<(std::ostream& out, const Seen& seen) {
        out << "status " << seen.status << ", priorities";
        for (const auto& each : seen.priorities) {
            out << ' ' << each;
        }
        return out << ", output:\n" << seen.output;
    }
};

void set(pid_t tid, Priority priority) {
    const int value = values::to_kernel(priority);
    EXPECT_EQ(process::sys::ioprio_set(process::sys::Who::thread, static_cast<id_t>(tid), value), 0);
}

std::string text_of(pid_t tid) {
    const int value = process::sys::ioprio_get(process::sys::Who::thread, static_cast<id_t>(tid));
    return values::from_kernel(value).to_string();  // ionice gives idle a level, which the kernel keeps and ignores
}

/// On processes of its own, whose threads have best-effort:6.
Seen see(Result (*program)(const Words&), const Words& row) {
    const World world;
    auto all = world.threads();
    all.insert(all.end(), {world.second.pid(), world.of_user});
    for (const pid_t tid : all) {
        set(tid, Priority::best_effort(6));
    }
    const auto result = program(world.words(row));
    Seen seen{result.status, result.output, {}};
    for (const pid_t tid : world.threads()) {
        seen.priorities.push_back(text_of(tid));
    }
    seen.priorities.push_back(text_of(world.second.pid()));
    seen.priorities.push_back(text_of(world.of_user));
    return seen;
}

struct Row {
    Words words;
    const std::string& difference = same;
};

const std::vector<Row>& table() {
    static const std::vector<Row> rows{
        // what is there
        {{}},
        {{"-t"}},
        {{"-p", "PID"}},
        {{"-p0"}},
        {{"--pid", "PID"}},
        {{"--pid=SECOND"}},
        {{"-p", "PID", "SECOND"}},
        {{"-p", "PID", "--", "SECOND"}},
        {{"-P", "PGID"}},
        {{"-u", "UID"}},
        {{"-p", "GONE"}},
        {{"-P", "GONE"}},
        {{"-u", "43210"}},
        {{"-p", "SECOND", "GONE", "PID"}},
        {{"-p", "THREAD"}, same},
        {{"-p", "x"}},
        {{"-p", "-5"}},
        {{"-p", ""}},
        {{"-p", "0x1"}},
        {{"-p", "4294967297"}},
        {{"-p", "+PID"}, ids},
        {{"-p", "SECOND", "x"}, looked_first},
        {{"-u", "root"}, names},
        // processes that are set
        {{"-c", "3", "-p", "SECOND"}},
        {{"-c3", "-pSECOND"}},
        {{"-p", "SECOND", "-c", "3"}},
        {{"-c", "idle", "-p", "SECOND"}},
        {{"-c", "Idle", "-p", "SECOND"}},
        {{"-c", "2", "-p", "SECOND"}},
        {{"-c", "best-effort", "-n", "7", "-p", "SECOND"}},
        {{"-c", "1", "-n", "0", "-p", "SECOND"}},
        {{"-c", "realtime", "-p", "SECOND"}},
        {{"-n", "3", "-p", "SECOND"}},
        {{"-c", "0", "-p", "SECOND"}},
        {{"-c", "none", "-p", "SECOND"}},
        {{"--class", "3", "--pid", "SECOND"}},
        {{"--classdata", "5", "--pid", "SECOND"}},
        {{"-c", "3", "-n", "5", "-p", "SECOND"}},
        {{"-c", "0", "-n", "5", "-p", "SECOND"}},
        {{"-c", "3", "-p", "GONE", "SECOND"}},
        {{"-c", "3", "-p", "SECOND", "GONE"}},
        {{"-t", "-c", "3", "-p", "GONE", "SECOND"}},
        {{"--ignore", "-c", "3", "-u", "43210"}},
        {{"-c", "3", "-P", "GONE"}},
        {{"-c", "3", "-p", "PID"}, all_threads},
        {{"-c", "3", "-P", "PGID"}},
        {{"-c", "3", "-p", "THREAD"}, same},
        {{"-c", "3", "-p", "SECOND", "x"}, looked_first},
        {{"-c", "2", "-n", "8", "-p", "SECOND"}, levels},
        {{"-c", "3", "-n", "9", "-p", "SECOND"}, levels},
        {{"-n", " 3", "-p", "SECOND"}, levels},
        {{"-n", "-1", "-p", "SECOND"}},
        {{"-c", "9", "-p", "SECOND"}, classes},
        {{"-t", "-c", "9", "-p", "SECOND"}, classes},
        {{"-c", "nonsense", "-p", "SECOND"}},
        {{"-c", "", "-p", "SECOND"}},
        {{"-c", "-1", "-p", "SECOND"}},
        {{"-c", "be", "-p", "SECOND"}, names},
        {{"-c", "low", "-p", "SECOND"}, names},
        {{"-c", "realtime:2", "-p", "SECOND"}, names},
        // a program that is run
        {{"-c", "3", "ionice"}},
        {{"-c", "3", "sh", "-c", "ionice; exit 7"}},
        {{"-n", "2", "ionice"}},
        {{"-t", "ionice"}},
        {{"-c", "3", "--", "ionice", "-p", "SECOND"}},
        {{"-c", "3", "printf", "%s|", "--", "-p", "", "a b"}},
        {{"-c", "0", "-n", "3", "ionice"}},
        {{"-c3", "/nonexistent"}},
        {{"-c3", "/"}},
        {{"-c3", ""}},
        {{"-n", "9", "ionice"}, levels},
        {{"ionice"}, verbs},
        // lines that are wrong
        {{"-c", "3"}},
        {{"-n", "3"}},
        {{"-c"}},
        {{"-p"}},
        {{"-c", "3", "-p"}},
        {{"-p", "PID", "-p", "SECOND"}},
        {{"-p", "PID", "-u", "0"}},
        {{"-c", "3", "--foo", "-p", "SECOND"}},
        {{"--foo"}, wrong_lines},
        // about itself
        {{"-V"}, texts},
        {{"--help"}, texts},
        {{"-c", "3", "-h"}, texts},
    };
    return rows;
}

std::string man_page() {
    std::ifstream file{MAN_PAGE};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    return std::regex_replace(text, std::regex{"\\s+"}, " ");
}

}  // namespace

TEST(IoniceSpelling, behaves_like_ionice_except_as_documented) {
    const auto page = man_page();
    for (const auto& row : table()) {
        const auto theirs = see(run_ionice, row.words);
        const auto ours = see(run, row.words);
        if (row.difference.empty()) {
            EXPECT_EQ(theirs, ours) << testing::PrintToString(row.words);
        } else {
            EXPECT_NE(theirs, ours) << testing::PrintToString(row.words) << ": not different any more";
            EXPECT_NE(page.find(row.difference), std::string::npos) << "not in the man page: " << row.difference;
        }
    }
}

TEST(IoniceSpelling, shows_the_highest_priority_where_ionice_shows_the_first_threads) {
    const World world;
    for (const pid_t tid : world.threads()) {
        set(tid, tid == world.first.pid() ? Priority::idle() : Priority::best_effort(2));
    }
    EXPECT_EQ(run_ionice({"-p", world.word("PID")}).output, "idle\n");
    EXPECT_EQ(run({"-p", world.word("PID")}).output, "best-effort: prio 2\n");
}

TEST(IoniceSpelling, says_that_a_level_is_ignored_as_ionice_does) {
    for (const Words& words : {Words{"-c", "3", "-n", "5", "true"}, {"-c", "none", "-n", "5", "true"}}) {
        auto theirs = run_ionice(words).errors;
        ASSERT_EQ(theirs.find("ionice: "), 0U) << theirs;
        EXPECT_EQ("ioprioctl: " + theirs.substr(std::string("ionice: ").size()), run(words).errors);
    }
    EXPECT_EQ(run({"-t", "-c", "3", "-n", "5", "true"}).errors, "");
}

TEST(IoniceSpelling, says_what_is_wrong) {
    EXPECT_NE(run({"-c", "2", "-n", "8", "true"}).errors.find("level \"8\""), std::string::npos);
    EXPECT_NE(run({"-c", "be:2", "-n", "3", "true"}).errors.find("two levels"), std::string::npos);
    EXPECT_NE(run({"-c", "low", "-n", "3", "true"}).errors.find("two levels"), std::string::npos);
    EXPECT_NE(run({"-c", "3"}).errors.find("-p PID"), std::string::npos);
    EXPECT_EQ(run({"-c", "be", "-n", "3", "ionice"}).output, "best-effort: prio 3\n");
}

}  // namespace iopriority::cli::test
