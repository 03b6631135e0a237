// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Reading mountinfo.
#include "storage/mounts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace iopriority::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view root = "27 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,discard\n";

TEST(Mountinfo, skips_malformed_lines) {
    for (const std::string_view line : {"",
                                        "\n",
                                        " ",
                                        "27",
                                        "27 1 254:1 / / rw",
                                        "27 1 254:1 / / rw - ",
                                        "27 1 254:1 / / rw shared:1",
                                        "x 1 254:1 / / rw - ext4 a rw",
                                        "27 x 254:1 / / rw - ext4 a rw",
                                        "27 1 254 / / rw - ext4 a rw",
                                        "27 1 254:x / / rw - ext4 a rw",
                                        "27 1 254:1: / / rw - ext4 a rw",
                                        "-1 1 254:1 / / rw - ext4 a rw",
                                        "27 1 4294967296:1 / / rw - ext4 a rw",
                                        "27 1 254:1 / mnt rw - ext4 a rw",
                                        "27 1 254:1 /  rw - ext4 a rw",
                                        "27  1 254:1 / / rw - ext4 a rw",
                                        "27 1 254:1 / /a\\04 rw - ext4 a rw",
                                        "27 1 254:1 / /a\\400 rw - ext4 a rw",
                                        "27 1 254:1 / /a\\000 rw - ext4 a rw",
                                        "27 1 254:1 / /\\x20 rw - ext4 a rw"}) {
        EXPECT_THAT(parse_mountinfo(line), IsEmpty()) << line;
    }
    EXPECT_THAT(parse_mountinfo("nonsense\n" + std::string(root) + "27 1"), SizeIs(1));
}

TEST(Mountinfo, has_the_fields_of_each_mount) {
    const auto mounts = parse_mountinfo(root);
    ASSERT_THAT(mounts, SizeIs(1));
    EXPECT_EQ(mounts[0].id, 27U);
    EXPECT_EQ(mounts[0].device, (DeviceNumber{254, 1}));
    EXPECT_EQ(mounts[0].root, "/");
    EXPECT_EQ(mounts[0].point, "/");
    EXPECT_EQ(mounts[0].type, "ext4");
    EXPECT_EQ(mounts[0].source, "/dev/vda1");
    EXPECT_EQ(mounts[0].options, "rw,discard");
}

TEST(Mountinfo, may_have_any_number_of_tags_and_an_empty_source) {
    const auto mounts = parse_mountinfo(
        "28 27 0:30 / /a rw - tmpfs  rw,size=4k\n"
        "29 27 0:31 /x /b rw shared:2 master:1 unbindable - btrfs /dev/sda rw\n");
    ASSERT_THAT(mounts, SizeIs(2));
    EXPECT_EQ(mounts[0].source, "");
    EXPECT_EQ(mounts[0].options, "rw,size=4k");
    EXPECT_EQ(mounts[1].root, "/x");
    EXPECT_EQ(mounts[1].type, "btrfs");
}

TEST(Mountinfo, gives_blanks_back) {
    const auto mounts = parse_mountinfo("28 27 0:30 / /my\\040disk\\011\\134\\012x rw - fuse.a\\040b user\\043 rw\n");
    ASSERT_THAT(mounts, SizeIs(1));
    EXPECT_EQ(mounts[0].point, "/my disk\t\\\nx");
    EXPECT_EQ(mounts[0].type, "fuse.a b");
    EXPECT_EQ(mounts[0].source, "user#");
}

TEST(Mountinfo, is_not_read_without_end) {
    std::string text;
    for (int i = 0; i < 70000; ++i) {
        text += root;
    }
    EXPECT_THAT(parse_mountinfo(text), SizeIs(65536));
}

TEST(AMount, is_found_by_its_number_before_its_device) {
    const auto mounts = parse_mountinfo(
        "28 27 0:30 / /a rw - btrfs /dev/sda rw\n"
        "29 27 0:31 / /b rw - tmpfs tmpfs rw\n"
        "0 27 0:32 / /zero rw - tmpfs tmpfs rw\n");
    const auto found = [&](std::uint64_t mount, DeviceNumber on) {
        const auto* one = find_mount(mounts, {FileStatus::Kind::file, mount, on, {}});
        return one != nullptr ? one->point : "nowhere";
    };
    EXPECT_EQ(found(28, {0, 99}), "/a");  // a subvolume of btrfs has a device of its own
    EXPECT_EQ(found(28, {0, 31}), "/a");
    EXPECT_EQ(found(0, {0, 31}), "/b");
    EXPECT_EQ(found(77, {0, 31}), "/b");
    EXPECT_EQ(found(77, {0, 99}), "nowhere");
    EXPECT_EQ(found(0, {0, 0}), "nowhere");
}

TEST(AnOverlay, names_its_directories) {
    EXPECT_THAT(overlay_directories("rw,lowerdir=/a:/b,upperdir=/u,workdir=/w"), ElementsAre("/a", "/b", "/u"));
    EXPECT_THAT(overlay_directories("lowerdir+=/a,datadir+=/d"), ElementsAre("/a", "/d"));
    EXPECT_THAT(overlay_directories("lowerdir=/a\\134:b:/c\\054d\\040e"), ElementsAre("/a:b", "/c,d e"));
}

TEST(AnOverlay, of_directories_that_are_not_absolute_names_none) {
    for (const std::string_view options : {"", "rw", "lowerdir=", "lowerdir=l/AB:l/CD", "lowerdir=::", "xlowerdir=/a",
                                           "lowerdir=\\", "lowerdir=/a\\", "lowerdir"}) {
        EXPECT_THAT(overlay_directories(options), IsEmpty()) << options;
    }
}

}  // namespace
}  // namespace iopriority::storage
