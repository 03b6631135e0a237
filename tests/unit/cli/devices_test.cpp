// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/devices.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace iopriority::kernel {

namespace {

/// A /sys/block of the test's own.
class Block {
 public:
    Block() {
        std::string name = std::filesystem::temp_directory_path() / "block-XXXXXX";
        path_ = ::mkdtemp(name.data());
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
            std::ofstream(path_ / device / "queue" / "scheduler") << schedulers << '\n';
        }
    }
    [[nodiscard]] std::string path() const { return path_; }

 private:
    std::filesystem::path path_;
};

}  // namespace

TEST(Scheduler, IsNoneInTextThatIsNotOfTheKernelsForm) {
    for (const auto* text : {"", "\n", "none mq-deadline", "[", "]", "[]", "][", "[bfq", "bfq]", "[b f q]", "[\x1b[2J]",
                             "[mq-deadline\nbfq]", "[../../x]", "[\xff]"}) {
        EXPECT_EQ(active_scheduler(text), "none") << text;
    }
    EXPECT_EQ(active_scheduler("[" + std::string(100000, 'a') + "]"), "none");
    EXPECT_EQ(active_scheduler(std::string("[b\0q]", 5)), "none");
}

TEST(Scheduler, IsTheOneInBrackets) {
    EXPECT_EQ(active_scheduler("[none] mq-deadline kyber bfq \n"), "none");
    EXPECT_EQ(active_scheduler("none [mq-deadline] kyber bfq \n"), "mq-deadline");
    EXPECT_EQ(active_scheduler("none mq-deadline kyber [bfq]"), "bfq");
    EXPECT_EQ(active_scheduler("[none]"), "none");
}

TEST(Scheduler, HonoursNothingUnlessItIsKnownTo) {
    for (const auto* name : {"none", "kyber", "", "bfq ", "BFQ", "mq-deadline2", "adios"}) {
        EXPECT_EQ(honoured_by(name), Honours::nothing) << name;
    }
    EXPECT_EQ(honoured_by("mq-deadline"), Honours::classes);
    EXPECT_EQ(honoured_by("bfq"), Honours::all);
}

TEST(Devices, CannotBeListedFromWhereThereAreNone) {
    EXPECT_FALSE(list_devices("/nonexistent"));
}

TEST(Devices, WithoutASizeAreLeftOut) {
    const Block block;
    block.add("loop0", "0", "[none] bfq");
    std::filesystem::create_directories(block.path() + "/broken");
    EXPECT_TRUE(list_devices(block.path())->empty());
}

TEST(Devices, AreListedByNameWithWhatTheyHonour) {
    const Block block;
    block.add("vda", "536870912", "none [mq-deadline] kyber bfq");
    block.add("sda", "2048", "none mq-deadline kyber [bfq]");
    block.add("nvme0n1", "2048", "[none] mq-deadline");
    block.add("dm-0", "2048", "");
    const auto devices = list_devices(block.path());
    ASSERT_TRUE(devices);
    EXPECT_EQ(*devices, (std::vector<Device>{{"dm-0", "none", Honours::nothing},
                                             {"nvme0n1", "none", Honours::nothing},
                                             {"sda", "bfq", Honours::all},
                                             {"vda", "mq-deadline", Honours::classes}}));
}

TEST(Devices, HaveNamesAsBelowDev) {
    EXPECT_EQ(device_name("cciss!c0d0"), "cciss/c0d0");
    EXPECT_EQ(device_name("sd\na").find('\n'), std::string::npos);
    EXPECT_LE(device_name(std::string(1000, 'x')).size(), 64U);
}

TEST(Devices, OfThisMachineCanBeListed) {
    EXPECT_TRUE(list_devices());
}

}  // namespace iopriority::kernel
