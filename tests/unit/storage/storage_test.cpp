// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// From files to disks, on made-up machines.
#include "storage/storage.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_files.hpp"

namespace iopriority::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Levels = std::vector<std::vector<std::string>>;

class Below : public ::testing::Test {
 protected:
    /// What is below a file of a file system with this line in mountinfo.
    Storage mounted(const std::string& device, const std::string& type, const std::string& source = "none",
                    const std::string& options = "rw") {
        mountinfo += "50 1 " + device + " / /srv rw - " + type + " " + source + " " + options + "\n";
        return storage_below(files, parse_mountinfo(mountinfo), {FileStatus::Kind::file, 50, {}, {}});
    }
    Storage node(DeviceNumber number) {
        return storage_below(files, {}, {FileStatus::Kind::block_device, 0, {}, number});
    }
    static Honours effect(const Storage& storage) {
        return storage.queues.empty() ? Honours::nothing : storage.queues.back().effect;
    }

    test::FakeFiles files;
    std::string mountinfo;
};

TEST_F(Below, what_has_no_disk_is_none) {
    for (const auto& [type, medium] : std::vector<std::pair<std::string, Medium>>{{"tmpfs", Medium::memory},
                                                                                  {"proc", Medium::memory},
                                                                                  {"tracefs", Medium::memory},
                                                                                  {"nfs4", Medium::network},
                                                                                  {"cifs", Medium::network},
                                                                                  {"ceph", Medium::network},
                                                                                  {"9p", Medium::network},
                                                                                  {"fuse.sshfs", Medium::program},
                                                                                  {"fuse", Medium::program},
                                                                                  {"zfs", Medium::zfs}}) {
        mountinfo.clear();
        const auto storage = mounted("0:40", type);
        EXPECT_EQ(storage.medium, medium) << type;
        EXPECT_EQ(storage.type, type);
        EXPECT_THAT(storage.queues, IsEmpty()) << type;
        EXPECT_TRUE(storage.complete) << type;
    }
    mountinfo.clear();
    files.add_disk("sda", {8, 0}, "[bfq]");  // ntfs-3g: a program does the work
    EXPECT_EQ(mounted("8:0", "fuseblk", "/dev/sda").medium, Medium::program);
}

TEST_F(Below, a_file_system_that_is_not_mounted_here_is_unknown) {
    const auto storage = storage_below(files, {}, {FileStatus::Kind::file, 50, {0, 3}, {}});
    EXPECT_EQ(storage.medium, Medium::unknown);
    EXPECT_FALSE(storage.complete);
}

TEST_F(Below, a_device_that_sys_does_not_show_is_unknown) {
    EXPECT_EQ(mounted("8:1", "ext4", "/dev/sda1").medium, Medium::unknown);
    EXPECT_FALSE(mounted("8:1", "ext4", "/dev/sda1").complete);
    EXPECT_EQ(node({8, 1}).medium, Medium::unknown);
    for (const std::string target : {"", "/", "..", "a/..", "a/."}) {
        files.links["/sys/dev/block/8:1"] = target;
        EXPECT_EQ(node({8, 1}).medium, Medium::unknown) << target;
    }
}

TEST_F(Below, a_partition_is_its_disk) {
    files.add_disk("nvme0n1", {259, 0}, "[none] mq-deadline");
    files.add_partition("nvme0n1", "nvme0n1p2", {259, 2});
    const auto storage = mounted("259:2", "ext4", "/dev/nvme0n1p2");
    EXPECT_EQ(storage.medium, Medium::disk);
    EXPECT_EQ(storage.levels, (Levels{{"ext4"}, {"nvme0n1"}}));
    ASSERT_THAT(storage.queues, SizeIs(1));
    EXPECT_EQ(storage.queues[0].device, (Device{"nvme0n1", "none", Honours::nothing}));
    EXPECT_THAT(storage.queues[0].schedulers, ElementsAre("none", "mq-deadline"));
    EXPECT_EQ(storage.queues[0].effect, Honours::nothing);
    EXPECT_TRUE(storage.queues[0].last);
    EXPECT_EQ(node({259, 2}).levels, (Levels{{"nvme0n1"}}));
    EXPECT_EQ(node({259, 2}).type, "");
}

TEST_F(Below, a_scheduler_honours_what_it_honours) {
    for (const auto& [text, wanted] :
         std::vector<std::pair<std::string, Honours>>{{"none mq-deadline kyber [bfq]", Honours::all},
                                                      {"none [mq-deadline]", Honours::classes},
                                                      {"none [kyber] bfq", Honours::nothing},
                                                      {"[none] bfq", Honours::nothing},
                                                      {"none", Honours::nothing},
                                                      {"[sssd] bfq", Honours::nothing}}) {
        files.add_disk("sda", {8, 0}, text);
        EXPECT_EQ(effect(node({8, 0})), wanted) << text;
    }
    files.add_device("zram0", {253, 0});
    ASSERT_THAT(node({253, 0}).queues, SizeIs(1));
    EXPECT_THAT(node({253, 0}).queues[0].schedulers, IsEmpty());
    EXPECT_EQ(node({253, 0}).queues[0].device, (Device{"zram0", "none", Honours::nothing}));
}

TEST_F(Below, device_mapper_on_md_on_partitions_are_their_disks) {
    files.add_disk("sda", {8, 0}, "[bfq] none");
    files.add_disk("sdb", {8, 16}, "bfq [none]");
    files.add_partition("sda", "sda2", {8, 2});
    files.add_partition("sdb", "sdb2", {8, 18});
    files.add_device("md127", {9, 127}, "none");
    files.put_below("md127", {"sda2", "sdb2"});
    files.add_device("dm-0", {252, 0});
    files.put_below("dm-0", {"md127"});
    files.texts["/sys/class/block/dm-0/dm/name"] = "luks-home\n";
    files.texts["/sys/class/block/dm-0/dm/uuid"] = "CRYPT-LUKS2-0123-luks-home\n";
    const auto storage = mounted("252:0", "xfs", "/dev/mapper/luks-home");
    EXPECT_EQ(storage.levels, (Levels{{"xfs"}, {"dm-0 (luks-home)"}, {"md127"}, {"sda", "sdb"}}));
    EXPECT_THAT(storage.encrypted, ElementsAre("dm-0 (luks-home)"));
    ASSERT_THAT(storage.queues, SizeIs(2));
    EXPECT_EQ(storage.queues[0].effect, Honours::all);
    EXPECT_EQ(storage.queues[1].effect, Honours::nothing);
    EXPECT_TRUE(storage.complete);
}

TEST_F(Below, two_volumes_on_one_disk_are_one_disk) {
    files.add_disk("sda", {8, 0}, "[bfq]");
    for (const std::string name : {"dm-1", "dm-2"}) {
        files.add_device(name, {252, name == "dm-1" ? 1U : 2U});
        files.put_below(name, {"sda"});
    }
    files.add_device("dm-0", {252, 0});
    files.put_below("dm-0", {"dm-1", "dm-2"});
    const auto storage = node({252, 0});
    EXPECT_EQ(storage.levels, (Levels{{"dm-0"}, {"dm-1", "dm-2"}, {"sda"}}));
    EXPECT_THAT(storage.queues, SizeIs(1));
    EXPECT_TRUE(storage.complete);
}

TEST_F(Below, multipath_with_a_scheduler_of_its_own_passes_the_disks_by) {
    files.add_disk("sda", {8, 0}, "[none]");
    files.add_device("dm-0", {252, 0}, "none [mq-deadline]");
    files.put_below("dm-0", {"sda"});
    const auto storage = node({252, 0});
    ASSERT_THAT(storage.queues, SizeIs(1));
    EXPECT_EQ(storage.queues[0].device.name, "dm-0");
    EXPECT_EQ(storage.queues[0].effect, Honours::classes);
}

TEST_F(Below, a_disk_of_nvme_multipath_are_its_paths) {
    files.add_disk("nvme0n1", {259, 0}, "");
    files.add_disk("nvme0c1n1", {259, 1}, "[mq-deadline] none");
    files.add_disk("nvme0c1n2", {259, 2}, "[none]");
    files.add_disk("nvme1c1n1", {259, 3}, "[none]");
    files.texts["/sys/class/block/nvme0c1n1/hidden"] = "1\n";
    const auto storage = node({259, 0});
    EXPECT_EQ(storage.levels, (Levels{{"nvme0n1"}, {"nvme0c1n1"}}));
    EXPECT_EQ(effect(storage), Honours::classes);
    EXPECT_TRUE(storage.queues.back().hidden);
}

TEST_F(Below, btrfs_is_all_its_devices) {
    files.add_disk("sda", {8, 0}, "[bfq]");
    files.add_disk("sdb", {8, 16}, "[none]");
    files.add_partition("sda", "sda1", {8, 1});
    files.lists["/sys/fs/btrfs/"] = {"features", "1234-5678", "aaaa-bbbb"};
    files.lists["/sys/fs/btrfs/1234-5678/devices"] = {"sda1", "sdb"};
    files.lists["/sys/fs/btrfs/aaaa-bbbb/devices"] = {"sdz"};
    const auto storage = mounted("0:33", "btrfs", "/dev/sda1", "rw,compress=zstd:3,ssd");
    EXPECT_EQ(storage.levels, (Levels{{"btrfs"}, {"sda", "sdb"}}));
    EXPECT_TRUE(storage.compressed);
    EXPECT_TRUE(storage.complete);
    files.lists.erase("/sys/fs/btrfs/");  // then the one it was mounted from
    mountinfo.clear();
    const auto one = mounted("0:33", "btrfs", "/dev/sda1", "rw,subvol=/compressed");
    EXPECT_EQ(one.levels, (Levels{{"btrfs"}, {"sda"}}));
    EXPECT_FALSE(one.compressed);
}

TEST_F(Below, bcachefs_names_its_devices) {
    files.add_disk("sda", {8, 0}, "[bfq]");
    files.add_disk("sdb", {8, 16}, "[none]");
    EXPECT_EQ(mounted("0:33", "bcachefs", "/dev/sda:/dev/sdb").levels, (Levels{{"bcachefs"}, {"sda", "sdb"}}));
}

TEST_F(Below, ecryptfs_is_the_directory_that_it_stands_for) {
    files.add_disk("sda", {8, 0}, "[bfq]");
    mountinfo = "20 1 8:0 / / rw - ext4 /dev/sda rw\n";
    files.statuses["/home/.Private"] = {FileStatus::Kind::directory, 20, {8, 0}, {}};
    EXPECT_EQ(mounted("0:33", "ecryptfs", "/home/.Private").levels, (Levels{{"ecryptfs"}, {"ext4"}, {"sda"}}));
    mountinfo.clear();
    files.statuses["/home/.Private"] = {FileStatus::Kind::directory, 50, {0, 33}, {}};
    EXPECT_EQ(mounted("0:33", "ecryptfs", "/home/.Private").medium, Medium::unknown) << "of itself";
}

TEST_F(Below, a_source_that_is_no_device_is_unknown) {
    for (const std::string source : {"none", "/srv/file", "/dev/none", "../dev/sda", "a\\040b"}) {
        mountinfo.clear();
        EXPECT_EQ(mounted("0:33", "btrfs", source).medium, Medium::unknown) << source;
    }
}

TEST_F(Below, an_overlay_is_what_it_is_made_of) {
    files.add_disk("sda", {8, 0}, "[bfq]");
    mountinfo = "20 1 8:0 / / rw - ext4 /dev/sda rw\n21 1 0:22 / /run rw - tmpfs tmpfs rw\n";
    files.add_file("/lower", 20, {8, 0});
    files.add_file("/run/upper", 21, {0, 22});
    const auto storage = mounted("0:44", "overlay", "overlay", "rw,lowerdir=/lower,upperdir=/run/upper,workdir=/w");
    EXPECT_EQ(storage.medium, Medium::disk);
    EXPECT_EQ(storage.levels, (Levels{{"overlay"}, {"ext4", "tmpfs"}, {"sda"}}));
    EXPECT_EQ(effect(storage), Honours::all);
    mountinfo = "21 1 0:22 / /run rw - tmpfs tmpfs rw\n";
    EXPECT_EQ(mounted("0:44", "overlay", "overlay", "rw,lowerdir=/run/upper").medium, Medium::memory);
    mountinfo.clear();
    EXPECT_EQ(mounted("0:44", "overlay", "overlay", "rw,lowerdir=l/ABC").medium, Medium::unknown);
    mountinfo.clear();
    EXPECT_FALSE(mounted("0:44", "overlay", "overlay", "rw,lowerdir=/gone").complete);
}

TEST_F(Below, an_overlay_on_itself_comes_to_an_end) {
    files.add_file("/srv/lower", 50, {0, 44});
    EXPECT_EQ(mounted("0:44", "overlay", "overlay", "rw,lowerdir=/srv/lower").medium, Medium::unknown);
}

class Loop : public Below {
 protected:
    Loop() {
        files.add_disk("sda", {8, 0}, "none [mq-deadline] bfq");
        files.add_file("/data/image", 20, {8, 0});
        mountinfo = "20 1 8:0 / /data rw - ext4 /dev/sda rw\n";
    }
};

TEST_F(Loop, without_direct_io_loses_the_priority) {
    files.add_loop("loop0", {7, 0}, "/data/image", false);
    const auto storage = mounted("7:0", "ext4", "/dev/loop0");
    EXPECT_EQ(storage.levels, (Levels{{"ext4"}, {"loop0 (/data/image)"}, {"ext4"}, {"sda"}}));
    ASSERT_THAT(storage.queues, SizeIs(2));
    EXPECT_FALSE(storage.queues[0].last);
    EXPECT_EQ(storage.queues[1].arrival, Arrival::lost);
    EXPECT_EQ(storage.queues[1].loop, "loop0");
    EXPECT_EQ(storage.queues[1].effect, Honours::nothing);
}

TEST_F(Loop, with_direct_io_forwards_it_to_the_disk_but_not_to_bfq) {
    files.add_loop("loop0", {7, 0}, "/data/image", true);
    EXPECT_EQ(effect(mounted("7:0", "ext4")), Honours::classes);
    files.add_disk("sda", {8, 0}, "none mq-deadline [bfq]");
    EXPECT_EQ(effect(mounted("7:0", "ext4")), Honours::nothing);
    EXPECT_EQ(mounted("7:0", "ext4").queues.back().arrival, Arrival::forwarded);
}

TEST_F(Loop, with_a_scheduler_of_its_own_acts_itself) {
    files.add_loop("loop0", {7, 0}, "/data/image", false);
    files.texts["/sys/class/block/loop0/queue/scheduler"] = "none [mq-deadline]\n";
    EXPECT_EQ(effect(mounted("7:0", "ext4")), Honours::classes);
}

TEST_F(Loop, on_a_file_that_is_gone_or_in_memory_is_the_last) {
    files.add_loop("loop0", {7, 0}, "/data/image (deleted)", false);
    const auto gone = mounted("7:0", "ext4");
    ASSERT_THAT(gone.queues, SizeIs(1));
    EXPECT_TRUE(gone.queues[0].last);
    EXPECT_FALSE(gone.complete);
    files.add_loop("loop1", {7, 1}, "/run/image", false);
    files.add_file("/run/image", 21, {0, 22});
    mountinfo = "21 1 0:22 / /run rw - tmpfs tmpfs rw\n";
    const auto memory = mounted("7:1", "ext4");
    EXPECT_EQ(memory.medium, Medium::disk);
    ASSERT_THAT(memory.queues, SizeIs(1));
    EXPECT_TRUE(memory.queues[0].last);
}

TEST_F(Loop, on_a_loop_on_a_device_goes_all_the_way) {
    files.add_loop("loop0", {7, 0}, "/inner/image", true);
    files.add_loop("loop1", {7, 1}, "/dev/sda", false);
    files.add_file("/inner/image", 22, {7, 1});
    mountinfo += "22 1 7:1 / /inner rw - xfs /dev/loop1 rw\n";
    const auto storage = mounted("7:0", "ext4");
    EXPECT_EQ(storage.levels, (Levels{{"ext4"}, {"loop0 (/inner/image)"}, {"xfs"}, {"loop1 (/dev/sda)"}, {"sda"}}));
    EXPECT_EQ(storage.queues.back().arrival, Arrival::lost);
    EXPECT_EQ(storage.queues.back().loop, "loop1");
}

TEST_F(Loop, devices_on_one_disk_each_go_all_the_way) {
    files.add_loop("loop0", {7, 0}, "/data/image", false);
    files.add_loop("loop1", {7, 1}, "/data/other", false);
    files.add_file("/data/other", 20, {8, 0});
    files.lists["/sys/fs/btrfs/"] = {"1234"};
    files.lists["/sys/fs/btrfs/1234/devices"] = {"loop0", "loop1"};
    const auto storage = mounted("0:33", "btrfs", "/dev/loop0");
    EXPECT_EQ(storage.levels, (Levels{{"btrfs"}, {"loop0 (/data/image)", "loop1 (/data/other)"}, {"ext4"}, {"sda"}}));
    ASSERT_THAT(storage.queues, SizeIs(4));
    EXPECT_FALSE(storage.queues[0].last);
    EXPECT_EQ(storage.queues[1].loop, "loop0");
    EXPECT_FALSE(storage.queues[2].last);
    EXPECT_EQ(storage.queues[3].loop, "loop1");
    EXPECT_TRUE(storage.complete);
}

TEST_F(Loop, on_itself_comes_to_an_end) {
    files.add_loop("loop0", {7, 0}, "/srv/image", false);
    files.add_file("/srv/image", 50, {7, 0});
    EXPECT_THAT(mounted("7:0", "ext4").queues, SizeIs(1));
}

TEST_F(Below, a_cycle_comes_to_an_end) {
    files.add_device("dm-0", {252, 0});
    files.add_device("dm-1", {252, 1});
    files.put_below("dm-0", {"dm-1"});
    files.put_below("dm-1", {"dm-0"});
    const auto storage = node({252, 0});
    EXPECT_EQ(storage.medium, Medium::unknown);
    EXPECT_FALSE(storage.complete);
}

TEST_F(Below, a_stack_without_end_and_a_crowd_are_cut_off) {
    for (unsigned i = 0; i < 40; ++i) {
        files.add_device("dm-" + std::to_string(i), {252, i});
        files.put_below("dm-" + std::to_string(i), {"dm-" + std::to_string(i + 1)});
    }
    EXPECT_FALSE(node({252, 0}).complete);
    EXPECT_THAT(node({252, 0}).levels, SizeIs(16));
    std::vector<std::string> crowd;
    for (unsigned i = 0; i < 3000; ++i) {
        crowd.push_back("sd" + std::to_string(i));
        files.add_disk(crowd.back(), {8, i}, "[bfq]");
    }
    files.add_device("md0", {9, 0});
    files.put_below("md0", crowd);
    EXPECT_FALSE(node({9, 0}).complete);
    EXPECT_LE(node({9, 0}).queues.size(), 2048U);
}

TEST_F(Below, names_are_made_fit_to_be_shown) {
    const std::string name = "sd\x1b[2J$(reboot)";
    files.add_disk(name, {8, 0}, "[bfq\x1b] none");
    const auto storage = mounted("8:0", "ext4\\033[2J", "x");
    EXPECT_EQ(storage.levels, (Levels{{"ext4?[2J"}, {"sd?[2J$(reboot)"}}));
    EXPECT_EQ(storage.queues[0].device.name, "sd?[2J$(reboot)");
    EXPECT_EQ(storage.queues[0].device.scheduler, "none");
    files.add_device("dm-0", {252, 0}, "");
    files.texts["/sys/class/block/dm-0/dm/name"] = "a\tb\nc\n";
    EXPECT_EQ(node({252, 0}).levels[0][0], "dm-0 (a?b)");
}

TEST(AllDisks, are_those_with_a_driver_and_a_size) {
    test::FakeFiles files;
    files.add_disk("sda", {8, 0}, "[bfq]");
    files.add_disk("sdb", {8, 16}, "[none]");
    files.texts["/sys/class/block/sdb/size"] = "0\n";
    files.add_disk("sr0", {11, 0}, "[bfq]");
    files.add_disk("fd0", {2, 0}, "[bfq]");
    files.add_disk("nvme0c0n1", {259, 1}, "[none]");
    files.texts["/sys/class/block/nvme0c0n1/hidden"] = "1\n";
    files.add_loop("loop0", {7, 0}, "/image", false);
    files.add_device("dm-0", {252, 0});
    const auto storage = all_disks(files);
    ASSERT_TRUE(storage);
    ASSERT_THAT(storage->queues, SizeIs(1));
    EXPECT_EQ(storage->queues[0].device.name, "sda");
}

TEST(AllDisks, may_be_none_but_cannot_be_listed_where_there_is_no_sys) {
    test::FakeFiles files;
    EXPECT_FALSE(all_disks(files));
    files.lists["/sys/block"] = {};
    ASSERT_TRUE(all_disks(files));
    EXPECT_THAT(all_disks(files)->queues, IsEmpty());
}

}  // namespace
}  // namespace iopriority::storage
