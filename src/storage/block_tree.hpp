// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Block devices and what lies below each, as /sys shows it. A device is known here by the name of its directory in
/// /sys/class/block, which may contain odd characters: shown() makes it safe to display.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/devices.hpp"
#include "storage/files.hpp"

namespace iopriority::storage {

class BlockTree {
 public:
    /// @param files must outlive this.
    explicit BlockTree(const Files& files) : files_(files) {}

    [[nodiscard]] std::optional<std::string> name_of(DeviceNumber number) const;

    /// The disk that a partition is on; any other device is its own.
    [[nodiscard]] std::string whole_disk(const std::string& name) const;
    /// The devices that device mapper, md, bcache and the like are built on; for an NVMe multipath disk, its paths.
    [[nodiscard]] std::vector<std::string> below(const std::string& name) const;
    /// All devices of the btrfs that this one belongs to, including itself.
    [[nodiscard]] std::vector<std::string> btrfs_devices(const std::string& name) const;
    /// The file behind a loop device.
    [[nodiscard]] std::optional<std::string> loop_file(const std::string& name) const;
    /// The loop device uses direct I/O: it bypasses the page cache.
    [[nodiscard]] bool loop_is_direct(const std::string& name) const { return attribute(name, "loop/dio") == "1"; }
    [[nodiscard]] bool is_encrypted(const std::string& name) const {
        return attribute(name, "dm/uuid").starts_with("CRYPT-");
    }
    /// The kernel does not tell udev about it.
    [[nodiscard]] bool is_hidden(const std::string& name) const { return attribute(name, "hidden") == "1"; }

    /// The text of its queue/scheduler; empty if it has none.
    [[nodiscard]] std::string schedulers(const std::string& name) const { return attribute(name, "queue/scheduler"); }
    /// "dm-0 (luks-home)", "loop0 (/srv/image)", "nvme0n1".
    [[nodiscard]] std::string shown(const std::string& name) const;

    /// The disks of the machine: devices with a driver and a size, except CD and floppy drives.
    [[nodiscard]] Expected<std::vector<std::string>> disks() const;

 private:
    [[nodiscard]] std::string attribute(const std::string& name, const char* file) const;

    const Files& files_;
};

/// Whether a name is a single path component.
[[nodiscard]] bool is_directory_name(std::string_view name) noexcept;

}  // namespace iopriority::storage
