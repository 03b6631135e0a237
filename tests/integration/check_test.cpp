// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// ioprioctl check on this kernel: file systems in memory, overlays, processes, and a disk made of a file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <regex>
#include <sstream>
#include <string>

#include "support/child.hpp"
#include "support/kernel.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

namespace fs = std::filesystem;

Result check(Command arguments, const std::string& user = "root") {
    arguments.insert(arguments.begin(), {"ioprioctl", "check"});
    return run(user, arguments);
}

std::string text_of(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

class LoopDisk {
 public:
    static constexpr const char* needed = "no loop device can be made here, and these tests need one";

    /// A file of 16 MiB in memory with a file system on it, mounted. It goes with the mount name space at the latest,
    /// and the device with the mount.
    LoopDisk() {
        fs::create_directories(directory);
        if (run("root", {"truncate", "--size=16M", image}).status != 0 ||
            run("root", {"mkfs.ext4", "-q", image}).status != 0 ||
            run("root", {"mount", "-o", "loop", image, directory}).status != 0) {
            return;
        }
        auto source = run("root", {"findmnt", "--noheadings", "--output", "SOURCE", directory}).out;
        source.erase(source.find_last_not_of('\n') + 1);
        name_ = fs::path(source).filename();
        before_ = scheduler();
        set_scheduler("none");
    }
    LoopDisk(const LoopDisk&) = delete;
    LoopDisk& operator=(const LoopDisk&) = delete;
    LoopDisk(LoopDisk&&) = delete;
    LoopDisk& operator=(LoopDisk&&) = delete;
    ~LoopDisk() {
        if (there()) {
            set_scheduler(before_);
            run("root", {"umount", directory});
        }
        fs::remove(image);
    }

    [[nodiscard]] bool there() const { return !name_.empty(); }
    [[nodiscard]] const std::string& name() const { return name_; }
    /// The one in use.
    [[nodiscard]] std::string scheduler() const {
        const auto text = text_of(file());
        const auto open = text.find('[');
        return open == std::string::npos ? "none" : text.substr(open + 1, text.find(']') - open - 1);
    }
    void set_scheduler(const std::string& scheduler) const { std::ofstream(file()) << scheduler << std::flush; }

    static constexpr const char* image = "/run/disk/image";
    static constexpr const char* directory = "/run/disk/mounted";

 private:
    [[nodiscard]] fs::path file() const { return "/sys/block/" + name_ + "/queue/scheduler"; }

    std::string name_;
    std::string before_;
};

/// The commands behind "To try now:", without sudo.
Command commands(const std::string& output) {
    Command found;
    std::istringstream lines(output);
    bool now = false;
    for (std::string line; std::getline(lines, line);) {
        now = line.starts_with("To try now:") || (now && line.starts_with("   "));
        if (now) {
            found.push_back(std::regex_replace(line, std::regex("^To try now:|sudo "), ""));
        }
    }
    return found;
}

TEST(CheckRefused, what_is_not_there_or_no_file) {
    EXPECT_EQ(check({"4194303"}).status, 3);
    EXPECT_EQ(check({"/nonexistent"}).status, 1);
    EXPECT_EQ(check({"/dev/null"}).status, 1);
    EXPECT_EQ(check({"/", "/"}).status, 2);
}

TEST(CheckRefused, what_a_user_may_not_see) {
    fs::create_directories("/run/hidden/below");
    fs::permissions("/run/hidden", fs::perms::owner_all);
    const auto file = check({"/run/hidden/below"}, "alice");
    EXPECT_EQ(file.status, 4);
    EXPECT_THAT(file.out, IsEmpty());
    EXPECT_THAT(file.err, HasSubstr("/run/hidden/below: Permission denied"));
    const Target bobs{"bob", {"threads", "1"}};
    const auto process = check({bobs.id()}, "alice");
    EXPECT_EQ(process.status, 4);
    EXPECT_THAT(process.out, IsEmpty());
    EXPECT_THAT(process.err, AllOf(HasSubstr(bobs.id()), HasSubstr("sudo")));
    EXPECT_NE(check({bobs.id()}, "bob").status, 4);
}

TEST(Check, says_that_files_in_memory_and_of_the_kernel_are_on_no_disk) {
    for (const auto& [path, type] : std::vector<std::pair<std::string, std::string>>{
             {"/run", "tmpfs"}, {"/proc/self/status", "proc"}, {"/sys/block", "sysfs"}}) {
        const auto result = check({path});
        EXPECT_EQ(result.status, 1) << path;
        EXPECT_THAT(result.out, AllOf(StartsWith(path + " is on " + type + "\n"), HasSubstr("no effect here"),
                                      Not(HasSubstr("To try now"))));
        EXPECT_THAT(result.err, IsEmpty());
    }
}

TEST(Check, looks_through_an_overlay) {
    for (const std::string part : {"lower", "upper", "work", "merged"}) {
        fs::create_directories("/run/layers/" + part);
    }
    ASSERT_EQ(run("root", {"mount", "-t", "overlay", "-o",
                           "lowerdir=/run/layers/lower,upperdir=/run/layers/upper,workdir=/run/layers/work", "overlay",
                           "/run/layers/merged"})
                  .status,
              0);
    const auto result = check({"/run/layers/merged"});
    run("root", {"umount", "/run/layers/merged"});
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.out, StartsWith("/run/layers/merged is on overlay on tmpfs\n"));
}

TEST(Check, counts_the_disks) {
    const auto result = check({});
    EXPECT_THAT(result.out, HasSubstr("I/O priorities have an effect on "));
    EXPECT_THAT(result.out, Not(HasSubstr("loop")));
    EXPECT_THAT(result.err, IsEmpty());
}

TEST(CheckOfADisk, follows_a_file_to_the_device_and_advises_what_works) {
    const LoopDisk disk;
    ASSERT_TRUE(disk.there()) << LoopDisk::needed;
    std::ofstream(std::string(LoopDisk::directory) + "/a file") << "x";
    const auto path = std::string(LoopDisk::directory) + "/a file";
    const auto without = check({path});
    EXPECT_EQ(without.status, 1);
    EXPECT_THAT(without.out,
                AllOf(StartsWith(path + " is on ext4 on " + disk.name() + " (" + LoopDisk::image + ") on tmpfs\n"),
                      HasSubstr("\n" + disk.name() + "  none       ignored\n"), HasSubstr("no effect here"),
                      HasSubstr("ioprioctl check --udev-rule '" + path + "' | sudo tee /etc/udev/rules.d/")));
    const auto advised = commands(without.out);
    ASSERT_THAT(advised, Not(IsEmpty())) << without.out;
    for (const auto& command : advised) {
        EXPECT_EQ(run("root", {"sh", "-c", command}).status, 0) << command;
    }
    EXPECT_NE(disk.scheduler(), "none");
    const auto with = check({path});
    EXPECT_EQ(with.status, 0) << with.out;
    EXPECT_THAT(with.out, AllOf(HasSubstr("honoured"), HasSubstr("have an effect here"),
                                HasSubstr("Ordinary (buffered) writes"), Not(HasSubstr("To try now"))));
    EXPECT_EQ(check({"-q", path}).out, "");
}

TEST(CheckOfADisk, prints_the_rule_alone_and_nothing_where_there_is_nothing_to_do) {
    const LoopDisk disk;
    ASSERT_TRUE(disk.there()) << LoopDisk::needed;
    const auto rule = check({"--udev-rule", LoopDisk::directory});
    EXPECT_EQ(rule.status, 0);
    EXPECT_THAT(rule.err, IsEmpty());
    EXPECT_THAT(rule.out, MatchesRegex("(#[^\n]*\n)+ACTION==\"add\\|change\", SUBSYSTEM==\"block\", "
                                       "ENV.DEVTYPE.==\"disk\", KERNEL==\"" +
                                       disk.name() + "\", ATTR.queue/scheduler.=\"[a-z-]+\"\n"));
    disk.set_scheduler("mq-deadline");
    const auto nothing = check({LoopDisk::directory, "--udev-rule"});
    EXPECT_EQ(nothing.status, 0);
    EXPECT_THAT(nothing.out, IsEmpty());
    EXPECT_THAT(nothing.err, HasSubstr("nothing to do"));
}

TEST(CheckOfADisk, knows_the_device_itself) {
    const LoopDisk disk;
    ASSERT_TRUE(disk.there()) << LoopDisk::needed;
    disk.set_scheduler("mq-deadline");
    const auto result = check({"/dev/" + disk.name()});
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.out, AllOf(HasSubstr("/dev/" + disk.name() + " is on " + disk.name() + " ("),
                                  HasSubstr("honoured by class, not by level")));
}

TEST(CheckOfADisk, finds_what_a_process_has_open) {
    const LoopDisk disk;
    ASSERT_TRUE(disk.there()) << LoopDisk::needed;
    const std::string file = std::string(LoopDisk::directory) + "/log";
    std::ofstream{file} << "x";
    Child reader{"alice", {"sh", "-c", "cd /proc; exec 7<" + file + "; echo open; read line"}};
    ASSERT_EQ(reader.read_line(), "open");
    const auto id = std::to_string(reader.pid());
    const auto without = check({id}, "alice");
    EXPECT_EQ(without.status, 1);
    EXPECT_THAT(without.out, AllOf(HasSubstr("Process " + id + " (sh), priority none, has files open:\n"),
                                   HasSubstr("  " + std::string(LoopDisk::directory) + " is on ext4 on " + disk.name()),
                                   HasSubstr("Nothing is set on the process: it counts as best-effort:")));
    set_all(reader.pid(), "idle");
    disk.set_scheduler("mq-deadline");
    const auto with = check({id}, "alice");
    EXPECT_THAT(with.out, AllOf(HasSubstr(", priority idle, has"), HasSubstr("honoured by class"),
                                Not(HasSubstr("Nothing is set"))));
}

TEST(CheckOfADisk, is_named_at_a_terminal_by_a_set_that_the_disk_ignores) {
    const LoopDisk disk;
    ASSERT_TRUE(disk.there()) << LoopDisk::needed;
    const std::string file = std::string(LoopDisk::directory) + "/log";
    std::ofstream{file} << "x";
    Child reader{"alice",
                 {"bash", "-c",
                  "cd /proc; for fd in /proc/$$/fd/*; do [ ${fd##*/} -le 2 ] || eval \"exec ${fd##*/}>&-\"; done; "
                  "exec 7<" +
                      file + " 2>&1; echo open; read line"}};
    ASSERT_EQ(reader.read_line(), "open");
    const auto id = std::to_string(reader.pid());
    const auto said = [&](const std::string& io_class) {
        return Child{"alice", {"ioprioctl", "set", io_class, id}, Child::Start::at_once, Child::Talk::at_terminal}
            .finish()
            .out;
    };
    EXPECT_THAT(said("idle"), HasSubstr("The disk ignores I/O priorities: see ioprioctl check " + id));
    EXPECT_THAT(run("alice", {"ioprioctl", "-v", "set", "low", id}).out, Not(HasSubstr("ignores")));
    disk.set_scheduler("mq-deadline");
    EXPECT_THAT(said("idle"), Not(HasSubstr("ignores")));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
