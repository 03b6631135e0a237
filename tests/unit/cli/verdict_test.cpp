// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What the command check says of made-up machines.
#include "cli/verdict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../storage/fake_files.hpp"

namespace iopriority::cli {

namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class Check : public ::testing::Test {
 protected:
    void mount(int id, const std::string& device, const std::string& point, const std::string& type,
               const std::string& source = "none", const std::string& options = "rw") {
        files.texts["/proc/self/mountinfo"] +=
            std::to_string(id) + " 1 " + device + " / " + point + " rw - " + type + " " + source + " " + options + "\n";
    }
    /// A file system at /srv.
    Looked srv(const std::string& device, const std::string& type, const std::string& options = "rw") {
        files.texts.erase("/proc/self/mountinfo");
        mount(50, device, "/srv", type, "none", options);
        files.add_file("/srv", 50, {});
        return *look_at_path(files, "/srv");
    }
    Looked disk(const std::string& schedulers) {
        files.add_disk("sda", {8, 0}, schedulers);
        return srv("8:0", "ext4");
    }
    /// What a process with the number 812 has open.
    void open(const std::string& number, std::uint64_t on) {
        const auto link = "/proc/812/fd/" + number;
        files.lists["/proc/812/fd/"].insert(number);
        files.add_file(link, on, {});
        files.links[link] = "/somewhere/" + number;
    }
    /// As if the process had these places.
    Looked process(const std::vector<Place>& places, const std::string& priority = "idle") {
        ProcessFacts facts{812, "rsync", {}, {}};
        facts.priority.set = Priority::parse(priority);
        facts.priority.effective = priority == "none" ? Priority::best_effort(6) : facts.priority.set;
        facts.priority.source = priority == "none" ? "nice 10" : "set";
        facts.priority.breakdown = {{priority, 1}};
        return {std::nullopt, facts, places};
    }

    storage::test::FakeFiles files;
};

TEST_F(Check, refuses_a_path_that_is_not_there_or_is_no_file) {
    EXPECT_EQ(look_at_path(files, "/srv").failure().code, ErrorCode::failed);
    files.statuses["/dev/null"] = {};
    EXPECT_THAT(look_at_path(files, "/dev/null").failure().message, HasSubstr("/dev/null: neither a file"));
}

TEST_F(Check, says_that_none_and_kyber_ignore_priorities) {
    for (const std::string scheduler : {"none", "kyber"}) {
        const auto looked = disk("[" + scheduler + "] bfq");
        EXPECT_EQ(judge(looked.places), Verdict::does_nothing);
        EXPECT_EQ(report(looked),
                  "/srv is on ext4 on sda\n\nDISK  SCHEDULER  I/O PRIORITIES\nsda   " + scheduler +
                      std::string(11 - scheduler.size(), ' ') +
                      "ignored\n\nI/O priorities have no effect here.\nOrdinary (buffered) writes never carry a "
                      "priority: the kernel "
                      "writes them to\ndisk later, in its own name. Only reads and direct writes (O_DIRECT) do.\n");
    }
}

TEST_F(Check, says_that_a_disk_without_a_scheduler_ignores_priorities) {
    files.add_device("zram0", {253, 0});
    EXPECT_THAT(report(srv("253:0", "ext4")), HasSubstr("zram0  -          ignored: it has no scheduler\n"));
}

TEST_F(Check, says_that_mq_deadline_honours_classes_and_bfq_all) {
    EXPECT_EQ(judge(disk("[mq-deadline]").places), Verdict::acts_by_class);
    EXPECT_THAT(report(disk("[mq-deadline]")),
                AllOf(HasSubstr("sda   mq-deadline  honoured by class, not by level\n"),
                      HasSubstr("have an effect here, by class"), HasSubstr("idle work may never finish")));
    EXPECT_EQ(judge(disk("[bfq]").places), Verdict::acts);
    EXPECT_THAT(report(disk("[bfq]")),
                AllOf(HasSubstr("sda   bfq        honoured\n"), HasSubstr("I/O priorities have an effect here.\n"),
                      HasSubstr("Ordinary (buffered) writes"), Not(HasSubstr("may never finish"))));
}

TEST_F(Check, says_why_there_is_no_effect_without_a_disk) {
    for (const auto& [type, reason] :
         std::vector<std::pair<std::string, std::string>>{{"tmpfs", "tmpfs is not on a disk"},
                                                          {"proc", "proc is not on a disk"},
                                                          {"nfs4", "nfs4 is on another machine"},
                                                          {"cifs", "cifs is on another machine"},
                                                          {"fuse.sshfs", "fuse.sshfs is served by a program (FUSE)"},
                                                          {"zfs", "zfs has a scheduler of its own"}}) {
        const auto looked = srv("0:40", type);
        EXPECT_EQ(judge(looked.places), Verdict::does_nothing) << type;
        EXPECT_THAT(report(looked), AllOf(HasSubstr("/srv is on " + type + "\n\nI/O priorities have no effect here.\n"),
                                          HasSubstr(reason), Not(HasSubstr("Ordinary"))));
    }
}

TEST_F(Check, does_not_know_the_effect_on_a_disk_that_it_cannot_find) {
    for (const auto* type : {"btrfs", "overlay"}) {
        const auto looked = srv("0:40", type);
        EXPECT_EQ(judge(looked.places), Verdict::is_unknown) << type;
        EXPECT_THAT(report(looked), AllOf(HasSubstr("Whether I/O priorities have an effect here is not known."),
                                          HasSubstr("cannot be found from here")));
    }
}

TEST_F(Check, says_that_a_disk_named_itself_is_one) {
    files.add_disk("sda", {8, 0}, "[bfq]");
    files.add_partition("sda", "sda1", {8, 1});
    EXPECT_THAT(report(*look_at_path(files, "/dev/sda")), HasSubstr("/dev/sda is a disk\n"));
    EXPECT_THAT(report(*look_at_path(files, "/dev/sda1")), HasSubstr("/dev/sda1 is on sda\n"));
    files.add_device("md0", {9, 0});
    files.put_below("md0", {"sda"});
    EXPECT_THAT(report(*look_at_path(files, "/dev/md0")), HasSubstr("/dev/md0 is on sda\n"));
}

TEST_F(Check, names_all_disks_of_an_array_and_judges_them_together) {
    files.add_disk("sda", {8, 0}, "[bfq]");
    files.add_disk("sdb", {8, 16}, "[mq-deadline]");
    files.add_device("md0", {9, 0});
    files.put_below("md0", {"sda", "sdb"});
    auto looked = srv("9:0", "ext4");
    EXPECT_EQ(judge(looked.places), Verdict::acts_by_class);
    EXPECT_THAT(report(looked), AllOf(HasSubstr("/srv is on ext4 on md0 on sda and sdb\n"),
                                      HasSubstr("levels only where the scheduler is bfq")));
    files.add_disk("sdc", {8, 32}, "[none]");
    files.put_below("md0", {"sda", "sdb", "sdc"});
    looked = srv("9:0", "ext4");
    EXPECT_EQ(judge(looked.places), Verdict::acts_partly);
    EXPECT_THAT(report(looked), AllOf(HasSubstr(" on sda, sdb and sdc\n"), HasSubstr("on only a part of this")));
}

TEST_F(Check, names_the_first_of_very_many_disks) {
    files.add_device("md0", {9, 0});
    std::vector<std::string> names;
    for (unsigned i = 10; i < 30; ++i) {
        names.push_back("sd" + std::to_string(i));
        files.add_disk(names.back(), {8, i}, "[bfq]");
    }
    files.put_below("md0", names);
    EXPECT_THAT(report(srv("9:0", "ext4")), HasSubstr(", sd17 and 12 more\n"));
}

TEST_F(Check, says_that_a_loop_device_keeps_priorities_to_itself) {
    files.add_disk("sda", {8, 0}, "[bfq] mq-deadline");
    files.add_loop("loop0", {7, 0}, "/data/image", false);
    files.add_file("/data/image", 20, {8, 0});
    files.add_file("/srv", 50, {7, 0});
    mount(20, "8:0", "/data", "ext4");
    mount(50, "7:0", "/srv", "ext4");
    EXPECT_THAT(report(*look_at_path(files, "/srv")),
                AllOf(HasSubstr("/srv is on ext4 on loop0 (/data/image) on ext4 on sda\n"),
                      HasSubstr("sda   bfq        lost: loop0 does its I/O in the kernel's name\n")));
    files.texts["/sys/class/block/loop0/loop/dio"] = "1\n";
    EXPECT_THAT(report(*look_at_path(files, "/srv")), HasSubstr("not seen by bfq: loop0"));
    files.texts["/sys/class/block/loop0/queue/scheduler"] = "[mq-deadline]\n";
    EXPECT_THAT(report(*look_at_path(files, "/srv")), HasSubstr("loop0  mq-deadline  honoured by class"));
}

TEST_F(Check, says_what_else_makes_requests_lose_the_priority) {
    files.add_disk("sda", {8, 0}, "[bfq]");
    files.add_device("dm-0", {252, 0});
    files.put_below("dm-0", {"sda"});
    files.texts["/sys/class/block/dm-0/dm/uuid"] = "CRYPT-LUKS2-x\n";
    files.texts["/sys/class/block/dm-0/dm/name"] = "home\n";
    EXPECT_THAT(report(srv("252:0", "ext4")), HasSubstr("Writes to dm-0 (home) can lose the priority"));
    files.add_file("/data", 20, {});
    mount(20, "0:33", "/data", "btrfs", "/dev/sda", "rw,compress=zstd:3");
    EXPECT_THAT(report(*look_at_path(files, "/data")), HasSubstr("compressed writes are the kernel's own"));
}

TEST_F(Check, counts_the_disks_of_the_machine) {
    files.add_disk("sda", {8, 0}, "[bfq]");
    files.add_disk("nvme0n1", {259, 0}, "[none] bfq");
    const auto looked = *look_at_all(files);
    EXPECT_EQ(judge(looked.places), Verdict::acts_partly);
    EXPECT_EQ(report(looked).find("DISK     SCHEDULER  I/O PRIORITIES\nnvme0n1  none       ignored\n"
                                  "sda      bfq        honoured\n\nI/O priorities have an effect on 1 of 2 disks.\n"),
              0U);
}

TEST_F(Check, says_that_a_machine_has_no_disks) {
    files.lists["/sys/block"] = {};
    EXPECT_THAT(report(*look_at_all(files)), HasSubstr("There are no disks here.\n"));
    EXPECT_EQ(judge(look_at_all(files)->places), Verdict::does_nothing);
}

TEST_F(Check, finds_the_file_systems_that_a_process_has_open_once_each) {
    files.add_disk("sda", {8, 0}, "[bfq]");
    mount(20, "8:0", "/", "ext4");
    mount(21, "0:40", "/dev/shm", "tmpfs");
    mount(22, "0:41", "/net/home", "nfs");
    open("3", 20);
    open("4", 20);
    open("5", 21);
    open("6", 22);
    files.lists["/proc/812/fd/"].insert("7");  // closed meanwhile
    files.statuses["/proc/812/fd/0"] = {};     // a terminal
    files.lists["/proc/812/fd/"].insert("0");
    const auto places = *places_of(files, 812);
    ASSERT_THAT(places, SizeIs(2));
    EXPECT_EQ(places[0].name, "/");
    EXPECT_EQ(places[1].name, "/net/home");
    EXPECT_EQ(judge(places), Verdict::acts_partly);
    EXPECT_THAT(report(process(places)),
                HasSubstr("Process 812 (rsync), priority idle, has files open:\n  / is on ext4 on sda\n"
                          "  /net/home is on nfs\n"));
}

TEST_F(Check, finds_files_in_memory_if_a_process_has_no_other_open) {
    mount(21, "0:40", "/dev/shm", "tmpfs");
    open("5", 21);
    ASSERT_THAT(*places_of(files, 812), SizeIs(1));
    EXPECT_EQ(judge(*places_of(files, 812)), Verdict::does_nothing);
}

TEST_F(Check, finds_nothing_where_a_process_has_nothing_open) {
    EXPECT_FALSE(places_of(files, 812));
    files.lists["/proc/812/fd/"] = {};
    EXPECT_THAT(*places_of(files, 812), IsEmpty());
    EXPECT_THAT(report(process({}, "none")),
                AllOf(HasSubstr("has no files open\n"), HasSubstr("It has nothing open on a disk"),
                      Not(HasSubstr("To lower"))));
}

TEST_F(Check, sees_the_mounts_of_a_process_elsewhere) {
    files.add_disk("sda", {8, 0}, "[bfq]");
    files.texts["/proc/812/mountinfo"] = "90 1 8:0 / /elsewhere rw - ext4 /dev/sda rw\n";
    open("3", 90);
    ASSERT_THAT(*places_of(files, 812), SizeIs(1));
    EXPECT_EQ(places_of(files, 812)->front().name, "/elsewhere");
}

TEST_F(Check, reports_facts_about_the_process) {
    const auto places = disk("[bfq]").places;
    auto looked = process(places, "none");
    EXPECT_THAT(report(looked), AllOf(HasSubstr("Nothing is set on the process: it counts as best-effort:6 (nice 10)"),
                                      HasSubstr("ioprioctl set idle 812")));
    looked = process(places);
    EXPECT_THAT(report(looked), AllOf(Not(HasSubstr("Nothing is set")), Not(HasSubstr("control group"))));
    looked.process->cgroup = {"io.max", true, "restrict-to-be", true};
    EXPECT_THAT(report(looked), AllOf(HasSubstr("limits I/O (io.max)"), HasSubstr("io.latency"),
                                      HasSubstr("restrict-to-be"), HasSubstr("against other groups only idle\nacts")));
    looked.places = disk("[mq-deadline]").places;
    EXPECT_THAT(report(looked), Not(HasSubstr("against other groups")));
}

TEST_F(Check, shows_no_control_characters) {
    files.add_disk("sd\x1b[2J", {8, 0}, "[none]");
    files.texts["/proc/self/mountinfo"] = "50 1 8:0 / /srv\\033 rw - ext4\\033 /dev/sda rw\n";
    files.add_file("/srv\x1b", 50, {});
    EXPECT_EQ(report(*look_at_path(files, "/srv\x1b")).find('\x1b'), std::string::npos);
    open("3", 50);
    EXPECT_EQ(report(process(*places_of(files, 812))).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace iopriority::cli
