// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service_cpu.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "bus.hpp"
#include "measure.hpp"

namespace iopriority::bench {

ServiceCpu::ServiceCpu() {
    const Bus bus;
    bus.ping();  // which starts it, if it has ended
    pid_ = bus.owner(our_name);
}

std::int64_t ServiceCpu::used() const {
    std::int64_t sum = 0;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task")) {
        std::ifstream file(thread.path() / "schedstat");
        std::int64_t time = 0;
        if (file >> time) {
            sum += time;
        }
    }
    return sum;
}

std::int64_t ServiceCpu::at_rest() const {
    constexpr std::chrono::milliseconds longer_than_it_waits{25};
    constexpr int patience = 200;
    auto before = used();
    for (int i = 0; i < patience; ++i) {
        std::this_thread::sleep_for(longer_than_it_waits);
        const auto after = used();
        if (after == before) {
            return after;
        }
        before = after;
    }
    throw std::runtime_error("the service does not come to rest");
}

}  // namespace iopriority::bench
