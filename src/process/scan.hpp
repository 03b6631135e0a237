// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Looking through /proc, in pieces.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "process/proc_text.hpp"
#include "process/selection.hpp"
#include "process/stat_reads.hpp"
#include "process/unique_fd.hpp"

namespace iopriority::process {

/// What all selections have in common that look through /proc.
class Scan : public Selection {
 public:
    void restart() override;
    Expected<bool> step() override;
    std::vector<Candidate> found(const std::vector<pid_t>& /*members*/) override { return found_; }
    Expected<Pinned> pin(const Candidate& candidate) override;

 protected:
    Scan();
    /// Looks at one number of /proc. @return it may belong
    [[nodiscard]] virtual bool may_belong(pid_t pid) = 0;
    /// Looks again, under the pin.
    [[nodiscard]] virtual bool belongs(const Process& process, const Candidate& candidate) const = 0;

    /// By number, unpinned: only for finding candidates.
    [[nodiscard]] Expected<std::string> read(pid_t pid, const char* file) const;
    [[nodiscard]] std::optional<ProcStat> stat_of(pid_t pid);

 private:
    UniqueFd proc_;
    int error_;
    std::vector<pid_t> numbers_;
    std::vector<StatOf> asked_;
    std::vector<StatResult> stats_;  ///< of the first of these
    std::size_t next_stat_ = 0;
    bool unread_ = false;  ///< nothing can be read now
    std::vector<Candidate> found_;
};

/// Who descends from whom: all processes, each with its parent and its start, as one scan has seen them.
class Family : public Scan {
 public:
    struct Entry {
        pid_t parent = 0;
        std::uint64_t start_ticks = 0;
    };

    void restart() override;
    [[nodiscard]] const std::map<pid_t, Entry>& all() const noexcept { return all_; }
    /// The process was there in the scan, and is no other one that has its number.
    [[nodiscard]] bool has(pid_t pid, std::uint64_t start_ticks) const;
    /// All that descends from these and is none of them, parents first.
    [[nodiscard]] std::vector<Candidate> below(const std::vector<Candidate>& roots) const;

 protected:
    /// When the process was started that had this number all through the scan; if its status could not be read then, it
    /// counts as there from now on, with an earlier start than any.
    [[nodiscard]] std::uint64_t start_in_scan(pid_t pid) { return all_[pid].start_ticks; }
    bool may_belong(pid_t pid) override;
    // The parent may have ended since; that it was the parent when the process was scanned is enough.
    [[nodiscard]] bool belongs(const Process& process, const Candidate& candidate) const override;

 private:
    std::map<pid_t, Entry> all_;
};

}  // namespace iopriority::process
