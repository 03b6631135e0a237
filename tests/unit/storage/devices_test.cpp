// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Block devices and their schedulers, read from a made-up /sys/block.
#include "storage/devices.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace iopriority::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A directory that goes with the test.
class Block {
 public:
    Block() {
        auto name = (std::filesystem::temp_directory_path() / "block.XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("mkdtemp");
        }
        path_ = name;
    }
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;
    Block(Block&&) = delete;
    Block& operator=(Block&&) = delete;
    ~Block() { std::filesystem::remove_all(path_); }

    void add(const std::string& device, const std::string& size, const std::string& schedulers) const {
        std::filesystem::create_directories(path_ / device / "queue");
        std::ofstream(path_ / device / "size") << size << '\n';
        if (!schedulers.empty()) {
            std::ofstream(path_ / device / "queue/scheduler") << schedulers << '\n';
        }
    }
    [[nodiscard]] std::string path() const { return path_; }

 private:
    std::filesystem::path path_;
};

TEST(AScheduler, that_is_not_named_in_brackets_is_none) {
    for (const std::string_view text : {"", "mq-deadline", "[", "]", "[]", "][", "]bfq[", "[mq deadline]", "[bfq\n]",
                                        "[../x]", "[b\xffq]", "[a[b]"}) {
        EXPECT_EQ(active_scheduler(text), "none") << text;
    }
    EXPECT_EQ(active_scheduler("[" + std::string(65, 'x') + "]"), "none");
}

TEST(AScheduler, in_use_is_the_one_in_brackets) {
    EXPECT_EQ(active_scheduler("none [mq-deadline] kyber bfq\n"), "mq-deadline");
    EXPECT_EQ(active_scheduler("[none] mq-deadline\n"), "none");
    EXPECT_EQ(active_scheduler("none\n"), "none");
    EXPECT_EQ(active_scheduler("mq-deadline [bfq]"), "bfq");
}

TEST(AScheduler, may_be_chosen_of_those_listed_where_one_is_in_use) {
    EXPECT_THAT(available_schedulers("none [mq-deadline] kyber bfq\n"),
                ElementsAre("none", "mq-deadline", "kyber", "bfq"));
    EXPECT_THAT(available_schedulers("[none] a$b mq-deadline\n"), ElementsAre("none", "mq-deadline"));
    for (const std::string_view text : {"", "none\n", "[]", "[", "none bfq", "[a b]"}) {
        EXPECT_THAT(available_schedulers(text), IsEmpty()) << text;
    }
}

TEST(AScheduler, that_is_not_known_honours_nothing) {
    for (const std::string_view name : {"", "none", "kyber", "noop", "cfq", "BFQ", "bfq ", "deadline", "adios"}) {
        EXPECT_EQ(honoured_by(name), Honours::nothing) << name;
    }
    EXPECT_EQ(honoured_by("mq-deadline"), Honours::classes);
    EXPECT_EQ(honoured_by("bfq"), Honours::all);
    EXPECT_EQ(to_string(Honours::nothing), "nothing");
    EXPECT_EQ(to_string(Honours::classes), "classes");
    EXPECT_EQ(to_string(Honours::all), "all");
}

TEST(ADevice, has_a_name_fit_to_be_shown) {
    EXPECT_EQ(device_name("cciss!c0d0"), "cciss/c0d0");
    EXPECT_EQ(device_name("sd\n\x1b[1ma"), "sd??[1ma");
    EXPECT_EQ(device_name(std::string(100, 'x')).size(), 64U);
}

TEST(TheDevices, cannot_be_listed_where_there_is_no_such_directory) {
    const auto devices = list_devices("/nonexistent/block");
    ASSERT_FALSE(devices);
    EXPECT_EQ(devices.failure().code, ErrorCode::failed);
    EXPECT_THAT(devices.failure().message, ::testing::HasSubstr("/nonexistent/block"));
}

TEST(TheDevices, are_those_that_have_a_size_by_name) {
    const Block block;
    block.add("vda", "41943040", "none [mq-deadline] bfq");
    block.add("sda", "8", "mq-deadline [bfq]");
    block.add("loop0", "0", "[none]");
    block.add("dm-0", "2048", "");
    const auto devices = list_devices(block.path());
    ASSERT_TRUE(devices);
    EXPECT_THAT(*devices, ElementsAre(Device{"dm-0", "none", Honours::nothing}, Device{"sda", "bfq", Honours::all},
                                      Device{"vda", "mq-deadline", Honours::classes}));
}

TEST(TheDevices, may_be_none) {
    const Block block;
    EXPECT_THAT(*list_devices(block.path()), IsEmpty());
}

}  // namespace
}  // namespace iopriority::storage
