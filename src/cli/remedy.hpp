// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What an administrator can do so that I/O priorities have an effect: commands and a udev rule. What is printed
/// here is run as root by somebody who trusts it: a name that a shell or udev could take for more than a name is left
/// out.
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
        bool by_rule = true;  ///< udev gets to know of the disk
    };

    std::vector<std::string> loops;  ///< to be switched to direct I/O, as in /sys/block
    bool load_bfq = false;
    bool bfq_on_nvme = false;
    std::vector<Choice> choices;
    std::vector<std::string> hopeless;  ///< sentences on disks for which there is none
    std::string limited;                ///< a disk for which only a limit works, as in /sys/block
    std::vector<std::string> rules;     ///< files of udev rules that choose schedulers already, in udev's order
};

/// @param bfq_module the kernel has bfq, but may not have loaded it
[[nodiscard]] Remedies find_remedies(const std::vector<storage::Queue>& queues, bool bfq_module);

/// Whether the kernel of this release has bfq as a module.
[[nodiscard]] bool has_bfq_module(const storage::Files& files, const std::string& release);

/// The files of udev rules that set a scheduler, fit to be shown, in the order in which udev reads them: of rules that
/// match a disk, the last decides.
[[nodiscard]] std::vector<std::string> scheduler_rules(const storage::Files& files);

/// By its name the last: a rule of a distribution (60-ioscheduler.rules and others) does not overrule it.
inline constexpr std::string_view rule_file = "/etc/udev/rules.d/99-iopriority-scheduler.rules";

/// Lines with "To try now:" and "To keep:"; empty if there is nothing to be done.
/// @param argument of the command check that found this; empty for all disks
/// @param append there is such a file already
[[nodiscard]] std::string advice(const Remedies& remedies, const std::string& argument, bool append);

/// A comment and a rule for each disk; empty if there is none.
[[nodiscard]] std::string udev_rule(const Remedies& remedies);

/// A word as a shell takes it, in quotes if it needs them; nothing if it holds what cannot be shown as it is.
[[nodiscard]] std::optional<std::string> shell_word(const std::string& word);

}  // namespace iopriority::cli
