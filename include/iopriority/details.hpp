// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What is set on processes and what comes of it, and what disks make of it.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <iopriority/priority.hpp>

namespace iopriority {

/// Of all threads of what was asked about.
struct Details {
    Priority set;            ///< of the threads' priorities the highest, as Client::get has it
    Priority effective;      ///< what the block layer uses for it: where nothing is set, it follows CPU policy and nice
    std::string source;      ///< where that comes from: "set", "nice 10", "cpu policy idle"
    unsigned processes = 0;  ///< how many were read
    unsigned threads = 0;    ///< of all of them
    std::map<std::string, unsigned> breakdown;  ///< set priority as text, number of threads with it

    /// Every thread has the same set priority.
    [[nodiscard]] bool uniform() const noexcept { return breakdown.size() == 1; }
};

/// What the I/O scheduler of a disk makes of a priority.
enum class Honours : std::uint8_t {
    nothing,  ///< none, kyber, and whatever is not known
    classes,  ///< mq-deadline: realtime, best-effort, idle, and not the levels
    all,      ///< bfq
};

/// A block device.
struct Device {
    std::string name;       ///< as below /dev: "sda", "nvme0n1", "cciss/c0d0"
    std::string scheduler;  ///< "bfq", "mq-deadline", "kyber"; "none" also where there is no queue to schedule
    Honours honours = Honours::nothing;  ///< what the scheduler makes of a priority

    /// Name, scheduler and what it honours.
    friend bool operator==(const Device&, const Device&) = default;
};

}  // namespace iopriority
