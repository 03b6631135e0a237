// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What the control group of a process does to its I/O.
#include "storage/io_cgroup.hpp"

#include <gtest/gtest.h>

#include "fake_files.hpp"

namespace iopriority::storage {
namespace {

class Cgroup : public ::testing::Test {
 protected:
    [[nodiscard]] IoCgroup read(const std::string& text) const {
        return read_io_cgroup(files,
                              parse_mountinfo("30 1 0:30 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
                                              "31 1 0:31 / /old rw - cgroup cgroup rw,cpu,blkio\n"
                                              "32 1 0:32 / /cpu rw - cgroup cgroup rw,cpu\n"),
                              text);
    }
    test::FakeFiles files;
};

TEST_F(Cgroup, without_files_or_out_of_sight_does_nothing) {
    for (const std::string text : {"", "0::/", "0::/a.slice/b.service\n", "nonsense", "0::", "0::/../x\n", "0::x\n",
                                   "3:blkio:/x\n", ":::::\n"}) {
        EXPECT_EQ(read(text), IoCgroup{}) << text;
    }
    files.texts["/sys/fs/cgroup/a/io.max"] = "8:0 rbps=1000\n";
    EXPECT_EQ(read_io_cgroup(files, {}, "0::/a\n"), IoCgroup{});
    files.texts["/sys/fs/cgroup/../a/io.max"] = "8:0 rbps=1000\n";
    EXPECT_EQ(read("0::/../a\n"), IoCgroup{});
}

TEST_F(Cgroup, limits_what_is_below_too) {
    files.texts["/sys/fs/cgroup/a/b/io.max"] = "\n";
    EXPECT_EQ(read("0::/a/b/c\n").limit, "");
    files.texts["/sys/fs/cgroup/a/io.max"] = "8:0 rbps=1000 wbps=max riops=max wiops=max\n";
    EXPECT_EQ(read("0::/a/b/c\n").limit, "io.max");
    EXPECT_EQ(read("0::/b\n").limit, "");
    files.texts["/sys/fs/cgroup/a/io.latency"] = "8:0 target=100\n";
    EXPECT_TRUE(read("0::/a/b/c\n").latency);
}

TEST_F(Cgroup, changes_the_class_by_the_nearest_that_says_something) {
    files.texts["/sys/fs/cgroup/a/io.prio.class"] = "restrict-to-be\n";
    EXPECT_EQ(read("0::/a/b\n").policy, "restrict-to-be");
    files.texts["/sys/fs/cgroup/a/b/io.prio.class"] = "no-change\n";
    EXPECT_EQ(read("0::/a/b\n").policy, "");
    files.texts["/sys/fs/cgroup/a/b/io.prio.class"] = "idle\x1b\n";
    EXPECT_EQ(read("0::/a/b\n").policy, "idle?");
}

TEST_F(Cgroup, is_weighed_where_the_controller_is_on) {
    EXPECT_FALSE(read("0::/a/b\n").weighed);
    files.texts["/sys/fs/cgroup/a/io.weight"] = "default 100\n";
    EXPECT_TRUE(read("0::/a/b\n").weighed);
    EXPECT_FALSE(read("0::/b\n").weighed);
}

TEST_F(Cgroup, of_version_one_has_files_of_its_own) {
    files.texts["/old/x/blkio.throttle.write_iops_device"] = "8:0 10\n";
    files.texts["/old/x/blkio.prio.class"] = "idle\n";
    files.texts["/old/x/blkio.bfq.weight"] = "100\n";
    EXPECT_EQ(read("9:name=systemd:/y\n5:cpu,blkio:/x\n0::/\n"),
              (IoCgroup{"blkio.throttle.write_iops_device", false, "idle", true}));
    EXPECT_EQ(read("5:cpu:/x\n"), IoCgroup{});
}

}  // namespace
}  // namespace iopriority::storage
