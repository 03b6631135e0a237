// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Processes that something delays while they execute a program, on a kernel that lets readers of their status wait.
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <cstddef>
#include <set>
#include <span>
#include <utility>

#include "process/stat_reads.hpp"

namespace iopriority::test {

/// While it lives, reading the status of these processes and of their threads is given up.
class DelayedStats final : public process::StatReader {
 public:
    explicit DelayedStats(std::set<pid_t> processes) : processes_(std::move(processes)) {
        process::read_stats_through(this);
    }
    DelayedStats(const DelayedStats&) = delete;
    DelayedStats& operator=(const DelayedStats&) = delete;
    DelayedStats(DelayedStats&&) = delete;
    DelayedStats& operator=(DelayedStats&&) = delete;
    ~DelayedStats() override { process::read_stats_through(nullptr); }

    std::size_t read(std::span<const process::StatOf> wanted, std::span<process::StatResult> results) override {
        const auto& first = wanted.front();
        results.front() =
            processes_.contains(first.process) ? process::StatResult{ETIMEDOUT, {}} : process::read_stat(first);
        return 1;
    }

 private:
    std::set<pid_t> processes_;
};

}  // namespace iopriority::test
