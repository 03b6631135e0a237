// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Looking at real files.
#include "storage/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "storage/mounts.hpp"

namespace iopriority::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RealFile : public ::testing::Test {
 protected:
    RealFile() {
        auto name = (std::filesystem::temp_directory_path() / "files.XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("mkdtemp");
        }
        path = name;
    }
    void TearDown() override { std::filesystem::remove_all(path); }

    const RealFiles files;
    std::string path;
};

TEST_F(RealFile, that_is_not_there_is_a_failure_with_its_name) {
    const auto status = files.status(path + "/none\x1b");
    ASSERT_FALSE(status);
    EXPECT_EQ(status.failure().code, ErrorCode::failed);
    EXPECT_THAT(status.failure().message, HasSubstr(path + "/none?: No such file"));
    EXPECT_FALSE(files.list(path + "/none"));
    EXPECT_FALSE(files.read(path + "/none"));
    EXPECT_FALSE(files.read(path));
    EXPECT_FALSE(files.link(path));
    EXPECT_EQ(read_line(files, path + "/none"), "");
}

TEST_F(RealFile, has_a_kind_a_device_and_a_mount) {
    std::ofstream(path + "/file") << "x";
    std::filesystem::create_symlink("file", path + "/link");
    struct stat plain {};
    ASSERT_EQ(::stat(path.c_str(), &plain), 0);
    const DeviceNumber on{major(plain.st_dev), minor(plain.st_dev)};
    EXPECT_EQ(files.status(path)->kind, FileStatus::Kind::directory);
    EXPECT_EQ(files.status(path)->on, on);
    EXPECT_EQ(files.status(path + "/link")->kind, FileStatus::Kind::file);
    EXPECT_EQ(files.status("/dev/null")->kind, FileStatus::Kind::other);
    const auto mounts = parse_mountinfo(*files.read("/proc/self/mountinfo", 1 << 24));
    const auto* proc = find_mount(mounts, *files.status("/proc/self/status"));
    ASSERT_NE(proc, nullptr);
    EXPECT_EQ(proc->type, "proc");
}

TEST_F(RealFile, is_read_as_far_as_is_wanted) {
    std::ofstream(path + "/file") << "one\ntwo\n";
    EXPECT_EQ(*files.read(path + "/file"), "one\ntwo\n");
    EXPECT_EQ(read_line(files, path + "/file"), "one");
    EXPECT_LE(files.read("/proc/self/maps", 16)->size(), 4096U);
    std::filesystem::create_symlink("/no\nwhere", path + "/link");
    EXPECT_EQ(*files.link(path + "/link"), "/no\nwhere");
}

TEST_F(RealFile, that_is_a_pipe_is_not_waited_for) {
    ASSERT_EQ(::mkfifo((path + "/pipe").c_str(), 0600), 0);
    EXPECT_EQ(files.read(path + "/pipe").value_or(""), "");
}

TEST_F(RealFile, is_listed_by_name) {
    EXPECT_THAT(*files.list(path), IsEmpty());
    for (const std::string name : {"b", "a", ".c"}) {
        std::ofstream(path + "/" + name) << "x";
    }
    EXPECT_THAT(*files.list(path), ElementsAre(".c", "a", "b"));
}

}  // namespace
}  // namespace iopriority::storage
