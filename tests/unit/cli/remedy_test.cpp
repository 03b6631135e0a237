// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The commands and rules that ioprioctl advises: they are run as root.
#include "cli/remedy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../storage/fake_files.hpp"

namespace iopriority::cli {

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

storage::Queue queue(const std::string& name, const std::string& text, storage::Arrival arrival = {}) {
    storage::Queue one;
    one.name = name;
    one.device = {storage::device_name(name), storage::active_scheduler(text),
                  storage::honoured_by(storage::active_scheduler(text))};
    one.schedulers = storage::available_schedulers(text);
    one.arrival = arrival;
    one.loop = arrival == storage::Arrival::whole ? "" : "loop0";
    one.effect = arrival == storage::Arrival::whole ? one.device.honours : storage::Honours::nothing;
    return one;
}

std::string advice_for(const storage::Queue& one, bool bfq_module = false) {
    return advice(find_remedies({one}, bfq_module), "/srv", false);
}

std::string rule_for(const storage::Queue& one, bool bfq_module = false) {
    return udev_rule(find_remedies({one}, bfq_module));
}

}  // namespace

TEST(Remedy, is_not_needed_where_priorities_act) {
    for (const std::string text : {"[bfq] none", "[mq-deadline] bfq"}) {
        EXPECT_EQ(advice_for(queue("sda", text)), "");
        EXPECT_EQ(rule_for(queue("sda", text)), "");
    }
}

TEST(Remedy, is_bfq_where_the_kernel_lists_it) {
    EXPECT_EQ(
        advice_for(queue("sda", "[none] mq-deadline bfq")),
        "To try now:   echo bfq | sudo tee /sys/block/sda/queue/scheduler\n"
        "To keep:      ioprioctl check --udev-rule /srv | sudo tee /etc/udev/rules.d/99-iopriority-scheduler.rules\n");
    EXPECT_THAT(rule_for(queue("sda", "[none] mq-deadline bfq")),
                HasSubstr("\nACTION==\"add|change\", SUBSYSTEM==\"block\", ENV{DEVTYPE}==\"disk\", KERNEL==\"sda\", "
                          "ATTR{queue/scheduler}=\"bfq\"\n"));
}

TEST(Remedy, loads_bfq_where_it_is_a_module) {
    EXPECT_THAT(advice_for(queue("sda", "[none] mq-deadline"), true),
                StartsWith("To try now:   sudo modprobe bfq\n"
                           "              echo bfq | sudo tee /sys/block/sda/queue/scheduler\n"));
    EXPECT_THAT(advice_for(queue("sda", "[none] bfq"), true), Not(HasSubstr("modprobe")));
}

TEST(Remedy, is_mq_deadline_where_there_is_no_bfq) {
    EXPECT_THAT(advice_for(queue("sda", "[none] mq-deadline kyber")), StartsWith("To try now:   echo mq-deadline | "));
    EXPECT_THAT(rule_for(queue("sda", "[none] mq-deadline kyber")), HasSubstr("=\"mq-deadline\"\n"));
}

TEST(Remedy, is_not_there_without_a_scheduler) {
    for (const std::string text : {"", "none", "[none]", "[none] kyber"}) {
        EXPECT_EQ(advice_for(queue("zram0", text)),
                  "zram0 has no scheduler that honours priorities.\n"
                  "For a unit of the system manager, a limit works there, and a weight if io.cost\n"
                  "is set up. By default, a user manager is not delegated the io controller, so\n"
                  "neither reaches its units:\n"
                  "  sudo systemctl set-property --runtime UNIT 'IOReadBandwidthMax=/dev/zram0 20M'\n"
                  "  sudo systemctl set-property --runtime UNIT IOWeight=10\n")
            << text;
        EXPECT_EQ(rule_for(queue("zram0", text)), "") << text;
    }
}

TEST(Remedy, for_a_disk_behind_a_loop_device_is_direct_io) {
    const auto lost = storage::Arrival::lost;
    EXPECT_EQ(advice_for(queue("sda", "[mq-deadline] bfq", lost)),
              "To try now:   sudo losetup --direct-io=on /dev/loop0\n");
    EXPECT_THAT(advice_for(queue("sda", "[bfq] mq-deadline", lost), true),
                StartsWith("To try now:   sudo losetup --direct-io=on /dev/loop0\n"
                           "              echo mq-deadline | sudo tee /sys/block/sda/queue/scheduler\n"));
    EXPECT_THAT(advice_for(queue("sda", "[bfq] mq-deadline", storage::Arrival::forwarded)),
                AllOf(HasSubstr("echo mq-deadline"), Not(HasSubstr("losetup"))));
}

TEST(Remedy, warns_of_the_cost_of_bfq_on_nvme_alone) {
    EXPECT_THAT(advice_for(queue("nvme0n1", "[none] mq-deadline bfq")), HasSubstr("can slow down a fast NVMe"));
    EXPECT_THAT(advice_for(queue("nvme0n1", "[none] mq-deadline")), Not(HasSubstr("NVMe")));
    EXPECT_THAT(advice_for(queue("sda", "[none] bfq")), Not(HasSubstr("NVMe")));
}

TEST(Remedy, for_a_disk_that_udev_does_not_see_is_no_rule) {
    auto path = queue("nvme0c0n1", "[none] bfq");
    path.hidden = true;
    EXPECT_THAT(advice_for(path), StartsWith("To try now:   echo bfq | sudo tee /sys/block/nvme0c0n1/queue/scheduler\n"
                                             "nvme0c0n1 is hidden from udev: no rule can keep this.\n"));
    path.schedulers = {"none"};
    EXPECT_THAT(advice_for(path), Not(HasSubstr("systemctl")));
    EXPECT_EQ(rule_for(path), "");
}

TEST(Remedy, names_each_disk_once_and_appends_to_a_file_that_is_there) {
    const auto remedies =
        find_remedies({queue("sda", "[none] bfq"), queue("sda", "[none] bfq"), queue("sdb", "[none] bfq")}, false);
    EXPECT_EQ(
        advice(remedies, "", true),
        "To try now:   echo bfq | sudo tee /sys/block/sda/queue/scheduler\n"
        "              echo bfq | sudo tee /sys/block/sdb/queue/scheduler\n"
        "To keep:      ioprioctl check --udev-rule | sudo tee -a /etc/udev/rules.d/99-iopriority-scheduler.rules\n");
}

TEST(Remedy, writes_a_slash_in_a_name_as_shell_and_udev_want_it) {
    const auto one = queue("cciss!c0d0", "[none] bfq");
    EXPECT_THAT(advice_for(one), HasSubstr("tee '/sys/block/cciss!c0d0/queue/scheduler'\n"));
    EXPECT_THAT(rule_for(one), AllOf(HasSubstr("KERNEL==\"cciss/c0d0\""), HasSubstr("--sysname-match=cciss/c0d0\n")));
}

TEST(Remedy, gives_no_command_for_a_name_with_special_characters) {
    for (const std::string name : {"sda;reboot", "sd a", "sd$(x)", "sd`x`", "sd'a", "sd\"a",  "sd*",        "sd?",
                                   "sd[ab]",     "sd|a", "sd\na",  "sd\\a", "..",   ".sda",   "-sda",       "sd%k",
                                   "sd{}",       "sd<a", "sd&",    "sd~",   "sd#",  "sd\x1b", "sd\xc3\xa4", ""}) {
        EXPECT_THAT(advice_for(queue(name, "[none] bfq")), Not(HasSubstr("sudo"))) << name;
        EXPECT_EQ(rule_for(queue(name, "[none] bfq")), "") << name;
        auto loop = queue("sda", "[mq-deadline]", storage::Arrival::lost);
        loop.loop = name;
        EXPECT_THAT(advice_for(loop), Not(HasSubstr("sudo"))) << name;
    }
    EXPECT_THAT(advice_for(queue(std::string(65, 'a'), "[none] bfq")), Not(HasSubstr("sudo")));
}

TEST(Remedy, names_the_rules_that_choose_schedulers_now_in_their_order) {
    storage::test::FakeFiles files;
    const auto add = [&](const std::string& directory, const std::string& name, const std::string& text) {
        files.lists[directory].insert(name);
        files.texts[directory + name] = text;
    };
    const std::string rule = "ACTION==\"add\", ATTR{queue/scheduler}=\"none\"\n";
    add("/usr/lib/udev/rules.d/", "60-ioschedulers.rules", "# none\n" + rule);
    add("/usr/lib/udev/rules.d/", "61-hidden.rules", rule);
    add("/etc/udev/rules.d/", "61-hidden.rules", "");
    add("/etc/udev/rules.d/", "10-mine.rules", rule);
    add("/etc/udev/rules.d/", "70-compared.rules", "ATTR{queue/scheduler}==\"none\", TAG+=\"x\"\n");
    add("/etc/udev/rules.d/", "71-comment.rules", "  #" + rule);
    add("/etc/udev/rules.d/", "72-backup.rules.old", rule);
    const std::vector<std::string> in_order{"/etc/udev/rules.d/10-mine.rules",
                                            "/usr/lib/udev/rules.d/60-ioschedulers.rules"};
    EXPECT_EQ(scheduler_rules(files), in_order);
    auto remedies = find_remedies({queue("sda", "[none] mq-deadline")}, false);
    remedies.rules = in_order;
    EXPECT_THAT(
        advice(remedies, "", false),
        HasSubstr("decides:\n  /etc/udev/rules.d/10-mine.rules\n  /usr/lib/udev/rules.d/60-ioschedulers.rules\n"));
    EXPECT_EQ(scheduler_rules(storage::test::FakeFiles()), std::vector<std::string>());
}

TEST(AShellWord, is_quoted_where_it_needs_to_be) {
    EXPECT_EQ(shell_word("/srv/backup"), "/srv/backup");
    EXPECT_EQ(shell_word("1234"), "1234");
    EXPECT_EQ(shell_word("/my disk"), "'/my disk'");
    EXPECT_EQ(shell_word("/a;reboot"), "'/a;reboot'");
    EXPECT_EQ(shell_word("/a'b"), R"('/a'\''b')");
    EXPECT_EQ(shell_word("/$(x)!"), "'/$(x)!'");
    EXPECT_EQ(shell_word("~root"), "'~root'");
    EXPECT_EQ(shell_word("-rf"), "./-rf");
    EXPECT_EQ(shell_word("/\xc3\xa4"), "'/\xc3\xa4'");
}

TEST(AShellWord, with_unprintable_characters_is_refused) {
    for (const std::string word : {"", "/a\nb", "/a\x1b[2J", "/\xff", "/a\u202e"}) {
        EXPECT_EQ(shell_word(word), std::nullopt) << word;
    }
    EXPECT_THAT(advice(find_remedies({queue("sda", "[none] bfq")}, false), "/a\nb", false),
                HasSubstr("--udev-rule | sudo"));
}

TEST(ThePossibilityOfBfq, is_in_the_list_of_modules) {
    storage::test::FakeFiles files;
    EXPECT_FALSE(has_bfq_module(files, "6.1"));
    files.texts["/lib/modules/6.1/modules.dep"] = "kernel/block/kyber-iosched.ko:\n";
    EXPECT_FALSE(has_bfq_module(files, "6.1"));
    files.texts["/lib/modules/6.1/modules.dep"] += "kernel/block/bfq.ko.xz: kernel/x.ko\n";
    EXPECT_TRUE(has_bfq_module(files, "6.1"));
    EXPECT_FALSE(has_bfq_module(files, "6.2"));
}

}  // namespace iopriority::cli
