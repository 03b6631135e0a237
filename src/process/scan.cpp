// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "process/scan.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "process/descriptors.hpp"
#include "process/read_file.hpp"

namespace iopriority::process {

namespace {

constexpr auto slice = std::chrono::microseconds(500);

}  // namespace

Scan::Scan() : proc_(::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)), error_(errno) {}  // NOLINT(*-vararg)

void Scan::restart() {
    numbers_.clear();
    stats_.clear();
    next_stat_ = 0;
    found_.clear();
    unread_ = false;
    rewind_listing(proc_.get());
}

Expected<bool> Scan::step() {
    if (!proc_) {
        return Failure{ErrorCode::failed, "opening /proc: " + std::generic_category().message(error_)};
    }
    if (auto failure = too_many_descriptors(proc_.get())) {
        return *std::move(failure);
    }
    const auto end = std::chrono::steady_clock::now() + slice;
    do {
        if (numbers_.empty()) {
            const int result = next_numbers(proc_.get(), numbers_);
            if (result < 0) {
                return Failure{ErrorCode::failed, "listing /proc: " + std::generic_category().message(-result)};
            }
            if (numbers_.empty()) {
                return true;
            }
        }
        const pid_t pid = numbers_.back();
        numbers_.pop_back();
        if (may_belong(pid)) {
            found_.push_back({pid});
        }
        if (unread_) {  // what is left out would be taken for what is not there
            return no_reader();
        }
    } while (std::chrono::steady_clock::now() < end);
    return false;
}

Expected<Selection::Pinned> Scan::pin(const Candidate& candidate) {
    auto process = Process::pin_briefly(candidate.pid);
    if (!process) {
        return process.failure();
    }
    if (!belongs(*process, candidate)) {
        return Failure{ErrorCode::no_such_process,
                       "process " + std::to_string(candidate.pid) + " does not belong any more"};
    }
    return std::make_shared<const Process>(*std::move(process));
}

Expected<std::string> Scan::read(pid_t pid, const char* file) const {
    return read_file(proc_.get(), std::to_string(pid) + file);
}

// Reads those of the next numbers, too: together they cost less.
std::optional<ProcStat> Scan::stat_of(pid_t pid) {
    if (next_stat_ == stats_.size() || asked_.at(next_stat_).process != pid) {
        asked_.assign(1, {pid});
        const auto others = static_cast<std::ptrdiff_t>(std::min(numbers_.size(), most_stats_at_once - 1));
        std::transform(numbers_.rbegin(), numbers_.rbegin() + others, std::back_inserter(asked_),
                       [](pid_t each) { return StatOf{each}; });
        stats_.resize(asked_.size());
        stats_.resize(read_stats(asked_, stats_));
        next_stat_ = 0;
    }
    const auto& [error, stat] = stats_.at(next_stat_++);
    unread_ = unread_ || error == EAGAIN;
    return error == 0 ? std::optional(stat) : std::nullopt;
}

void Family::restart() {
    all_.clear();
    Scan::restart();
}

// Which of them belong is known when all have been seen.
bool Family::may_belong(pid_t pid) {
    if (const auto stat = stat_of(pid)) {
        all_[pid] = {stat->parent, stat->start_ticks};
    }
    return false;
}

bool Family::belongs(const Process& process, const Candidate& candidate) const {
    const auto start = start_of(process);
    return start && *start == candidate.start_ticks;
}

std::vector<Selection::Candidate> Family::below(const std::vector<Candidate>& roots) const {
    std::multimap<pid_t, pid_t> children;
    for (const auto& [pid, entry] : all_) {
        children.emplace(entry.parent, pid);
    }
    std::vector<Candidate> tree;
    std::set<pid_t> seen;
    for (const auto& root : roots) {
        if (has(root.pid, root.start_ticks)) {  // else it has ended, and its number may be another's
            seen.insert(root.pid);
            tree.push_back(root);
        }
    }
    const auto count = static_cast<std::ptrdiff_t>(tree.size());
    for (std::size_t next = 0; next < tree.size(); ++next) {
        const auto [first, last] = children.equal_range(tree[next].pid);
        for (auto child = first; child != last; ++child) {
            const auto start = all_.at(child->second).start_ticks;
            // One that is older than its parent had another one of that number when it was read.
            if (start >= tree[next].start_ticks && seen.insert(child->second).second) {
                tree.push_back({child->second, start});
            }
        }
    }
    tree.erase(tree.begin(), tree.begin() + count);
    return tree;
}

bool Family::has(pid_t pid, std::uint64_t start_ticks) const {
    const auto entry = all_.find(pid);
    return entry != all_.end() && entry->second.start_ticks == start_ticks;
}

}  // namespace iopriority::process
