// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Finds the disks below a file, and what an I/O priority does on the way down.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/devices.hpp"
#include "storage/files.hpp"
#include "storage/mounts.hpp"

namespace iopriority::storage {

/// What a file system keeps its files on.
enum class Medium : std::uint8_t {
    disk,
    memory,   ///< or no storage at all, such as proc
    network,  ///< another machine
    program,  ///< FUSE
    zfs,      ///< disks, but with a scheduler of its own
    unknown,  ///< disks, presumably, but they cannot be seen from here
};

/// A type that is not known counts as on disk.
[[nodiscard]] Medium medium_of(std::string_view type) noexcept;

/// How a priority reaches a queue.
enum class Arrival : std::uint8_t {
    whole,      ///< with the request, from the thread that it is set on
    forwarded,  ///< with the request, from a kernel thread; bfq uses the thread's priority
    lost,       ///< not at all
};

/// Where requests wait: at a disk, or at a loop device on the way to one.
struct Queue {
    std::string name;                     ///< as in /sys/class/block
    Device device;                        ///< how it is shown, its scheduler and what that honours
    std::vector<std::string> schedulers;  ///< the available ones; empty if it has none
    Arrival arrival = Arrival::whole;
    std::string loop;                   ///< the loop device that stands in between, as in /sys/class/block
    Honours effect = Honours::nothing;  ///< what a priority does, here or at a queue above
    bool last = true;                   ///< no queue is below
    bool hidden = false;                ///< from udev

    /// The same queue, reached in the same way.
    [[nodiscard]] bool is_same(const Queue& other) const {
        return name == other.name && loop == other.loop && arrival == other.arrival && effect == other.effect;
    }
};

struct Storage {
    Medium medium = Medium::unknown;
    std::string type;  ///< of the file system, safe to display; empty if a device was asked for
    /// From the top down, for example {"ext4"}, {"dm-0 (home)"}, {"sda", "sdb"}; safe to display.
    std::vector<std::vector<std::string>> levels;
    std::vector<Queue> queues;
    std::vector<std::string> encrypted;  ///< dm-crypt devices, safe to display
    bool compressed = false;             ///< btrfs with compression
    bool complete = true;                ///< false: part of what is below cannot be seen
};

/// What is below a file, a directory or a block device.
[[nodiscard]] Storage storage_below(const Files& files, const std::vector<Mount>& mounts, const FileStatus& status);

/// All disks of the machine.
[[nodiscard]] Expected<Storage> all_disks(const Files& files);

}  // namespace iopriority::storage
