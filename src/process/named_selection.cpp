// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Processes that a request names one by one, each with the tree of its descendants if that is wanted.
#include <chrono>
#include <map>
#include <set>
#include <utility>

#include "process/scan.hpp"

namespace iopriority::process {

namespace {

constexpr auto slice = std::chrono::microseconds(500);

class Named final : public Family {
 public:
    Named(const std::vector<pid_t>& numbers, std::vector<ProcessKey> keys, bool descendants)
        : descendants_(descendants), unpinned_(std::move(keys)) {
        for (const pid_t pid : numbers) {
            unpinned_.push_back({pid, any});
        }
        for (const auto& key : unpinned_) {
            if (known_.insert(key.pid).second) {
                named_.push_back(key.pid);
            }
        }
    }

    Expected<bool> step() override {
        const auto end = std::chrono::steady_clock::now() + slice;
        while (!unpinned_.empty() && std::chrono::steady_clock::now() < end) {
            if (const auto failure = find(unpinned_.back())) {
                return *failure;
            }
            unpinned_.pop_back();
        }
        if (!unpinned_.empty()) {
            return false;
        }
        return descendants_ ? Family::step() : Expected<bool>(true);
    }

    // The roots and earlier members, if they are still the processes that were found, and all their descendants. (The
    // children of a member that has ended have a new parent now: they are known only if they were seen before.)
    std::vector<Candidate> found(const std::vector<pid_t>& members) override {
        std::vector<Candidate> tree;
        for (const auto& [pid, root] : roots_) {
            // One whose status could not be read, when it was named or in this scan, had its number all through the
            // scan if it has it still.
            if (!descendants_ || has(pid, root.start)) {
                tree.push_back({pid, root.start});
            } else if (Process::pin(root.key)) {
                tree.push_back({pid, start_in_scan(pid)});
            }
        }
        for (const pid_t member : members) {
            const auto known = starts_.find(member);
            if (known != starts_.end() && has(member, known->second)) {
                tree.push_back({member, known->second});
            }
        }
        for (const auto& born : below(tree)) {
            starts_[born.pid] = born.start_ticks;
            tree.push_back(born);
        }
        return tree;
    }

    Expected<Pinned> pin(const Candidate& candidate) override {
        const auto root = roots_.find(candidate.pid);
        if (root == roots_.end()) {
            return Family::pin(candidate);
        }
        auto process = Process::pin(root->second.key);
        return process ? Expected<Pinned>(std::make_shared<const Process>(*std::move(process))) : process.failure();
    }

    std::vector<pid_t> named() const override { return named_; }

 private:
    static constexpr std::uint64_t any = 0;  // a birth that no process has
    static constexpr std::uint64_t unread = 0;
    struct Root {
        ProcessKey key;
        std::uint64_t start = unread;
    };

    // A number means the process that had it when its turn came in the first scan, and no other one later. One that
    // something delays while it executes a program does not keep the others from being found: it is one of them itself
    // if it has a key, or else counts as ended.
    std::optional<Failure> find(const ProcessKey& wanted) {
        if (wanted.pid <= 0) {
            return std::nullopt;  // it had ended before it could be named
        }
        const auto process = Process::pin(wanted.pid);
        const auto key =
            process ? process->key_unless_delayed() : Expected<std::optional<ProcessKey>>(process.failure());
        if (!key) {
            return key.failure().code == ErrorCode::no_such_process ? std::nullopt : std::optional(key.failure());
        }
        if (!*key) {
            return named_.size() > 1 ? std::nullopt : std::optional(delayed(wanted.pid));
        }
        if (wanted.birth == any || **key == wanted) {
            const auto start = descendants_ ? start_of(*process) : Expected<std::uint64_t>(unread);
            roots_.try_emplace(wanted.pid, Root{**key, start ? *start : unread});
        }
        return std::nullopt;
    }

    bool descendants_;
    std::vector<ProcessKey> unpinned_;
    std::vector<pid_t> named_;
    std::set<pid_t> known_;
    std::map<pid_t, Root> roots_;
    std::map<pid_t, std::uint64_t> starts_;  // of all other members
};

}  // namespace

std::unique_ptr<Selection> select_named(const std::vector<pid_t>& numbers, std::vector<ProcessKey> keys,
                                        bool descendants) {
    return std::make_unique<Named>(numbers, std::move(keys), descendants);
}

}  // namespace iopriority::process
