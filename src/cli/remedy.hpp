// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What an administrator can do so that I/O priorities have an effect: commands and a udev rule. An
/// administrator will trust what is printed here and run it as root: a name that a shell or udev could interpret as
/// anything but a name is left out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/files.hpp"
#include "storage/storage.hpp"

namespace iopriority::cli {

struct Remedies {
    /// A scheduler for a disk.
    struct Choice {
        std::string disk;  ///< as in /sys/block
        std::string scheduler;
        bool by_rule = true;  ///< udev is told about the disk
    };

    std::vector<std::string> loops;  ///< to be switched to direct I/O, as in /sys/block
    bool load_bfq = false;
    bool bfq_on_nvme = false;
    std::vector<Choice> choices;
    std::vector<std::string> hopeless;  ///< sentences about disks that cannot be helped
    std::string limited;                ///< a disk for which only a limit works, as in /sys/block
    std::vector<std::string> rules;     ///< files of udev rules that choose schedulers already, in udev's order
};

/// @param bfq_module the kernel has bfq, but may not have loaded it
[[nodiscard]] Remedies find_remedies(const std::vector<storage::Queue>& queues, bool bfq_module);

/// Whether the kernel of this release has bfq as a module.
[[nodiscard]] bool has_bfq_module(const storage::Files& files, const std::string& release);

/// The files of udev rules that set a scheduler, safe to display, in the order in which udev reads them: if several
/// rules match a disk, the last one wins.
[[nodiscard]] std::vector<std::string> scheduler_rules(const storage::Files& files);

/// Its name sorts last, so that a rule of the distribution (60-ioscheduler.rules and others) does not override it.
inline constexpr std::string_view rule_file = "/etc/udev/rules.d/99-iopriority-scheduler.rules";

/// Lines with "To try now:" and "To keep:"; empty if there is nothing to be done.
/// @param argument the argument of the check command that found this; empty for all disks
/// @param append the file exists already
[[nodiscard]] std::string advice(const Remedies& remedies, const std::string& argument, bool append);

/// A comment and a rule for each disk; empty if there is no disk.
[[nodiscard]] std::string udev_rule(const Remedies& remedies);

/// A word quoted for a shell if necessary; nothing if it contains characters that cannot be shown as they are.
[[nodiscard]] std::optional<std::string> shell_word(const std::string& word);

}  // namespace iopriority::cli
