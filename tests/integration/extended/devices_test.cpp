// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// The machine's block devices, against what the kernel shows in /sys.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>

#include "cast.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

/// "none [mq-deadline] kyber": the one in brackets; a device without the file has none.
std::string active_scheduler(const std::filesystem::path& device) {
    std::ifstream file{device / "queue/scheduler"};
    std::string text;
    std::getline(file, text);
    const auto begin = text.find('[');
    return begin == std::string::npos ? "none" : text.substr(begin + 1, text.find(']') - begin - 1);
}

/// Loop devices that are not in use, and drives without a medium.
bool has_no_medium(const std::filesystem::path& device) {
    std::ifstream file{device / "size"};
    std::uint64_t sectors = 0;
    return !(file >> sectors) || sectors == 0;
}

std::vector<std::string> expected_devices() {
    const std::map<std::string, std::string> honours{{"bfq", "all"}, {"mq-deadline", "classes"}};
    std::vector<std::string> devices;
    for (const auto& entry : std::filesystem::directory_iterator("/sys/block")) {
        if (has_no_medium(entry.path())) {
            continue;
        }
        const auto scheduler = active_scheduler(entry.path());
        const auto known = honours.find(scheduler);
        auto name = entry.path().filename().string();
        std::replace(name.begin(), name.end(), '!', '/');
        devices.push_back(name + ' ' + scheduler + ' ' + (known == honours.end() ? "nothing" : known->second));
    }
    std::sort(devices.begin(), devices.end());
    return devices;
}

std::vector<std::string> listed_devices(const Answer& answer) {
    std::istringstream words{answer.words};
    std::string name;
    std::string scheduler;
    std::string honours;
    std::vector<std::string> devices;
    words >> name;  // "ok"
    while (words >> name >> scheduler >> honours) {
        devices.push_back(name + ' ' + scheduler + ' ' + honours);
    }
    std::sort(devices.begin(), devices.end());
    return devices;
}

TEST(Devices, are_those_of_the_kernel_with_the_scheduler_in_force) {
    Client alice{"alice"};
    const auto answer = alice.call("ListDevices");
    ASSERT_TRUE(answer.words.starts_with("ok")) << answer;
    EXPECT_EQ(listed_devices(answer), expected_devices());
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
