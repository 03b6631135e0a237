// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/selection.hpp"

#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

#include "kernel/number_listing.hpp"
#include "kernel/proc_text.hpp"
#include "kernel/read_file.hpp"

namespace iopriority::kernel {

namespace {

constexpr auto slice = std::chrono::microseconds(500);
constexpr pid_t init = 1;

// By number, unpinned: only for finding candidates.
std::optional<ProcStat> stat_of(int proc, pid_t pid) {
    const auto text = read_file(proc, std::to_string(pid) + "/stat");
    return text ? parse_stat(*text) : std::nullopt;
}

std::optional<ProcStat> stat_of(const Process& process) {
    const auto text = process.read("stat");
    return text ? parse_stat(*text) : std::nullopt;
}

class Tree final : public Selection {
 public:
    explicit Tree(pid_t root) : root_(root) {}

 protected:
    void consider(pid_t pid) override {
        if (const auto stat = stat_of(proc(), pid)) {
            note({pid, stat->parent, stat->start_ticks});
        }
    }

    std::vector<Candidate> chosen(const std::vector<pid_t>& members) override {
        std::multimap<pid_t, Candidate> children;
        for (const auto& each : candidates()) {
            children.emplace(each.parent, each);
        }
        std::set<pid_t> seen(members.begin(), members.end());
        seen.insert(root_);
        std::vector<pid_t> open(seen.begin(), seen.end());
        std::vector<Candidate> tree;
        while (!open.empty()) {
            const pid_t parent = open.back();
            open.pop_back();
            const auto [first, last] = children.equal_range(parent);
            for (auto each = first; each != last; ++each) {
                if (seen.insert(each->second.pid).second) {
                    tree.push_back(each->second);
                    open.push_back(each->second.pid);
                }
            }
        }
        return tree;
    }

    // The parent may have ended since; that it was the parent when the process was scanned is enough.
    bool belongs(const Process& process, const Candidate& candidate) const override {
        const auto stat = stat_of(process);
        return stat && stat->start_ticks == candidate.start_ticks;
    }

 private:
    pid_t root_;
};

class Group final : public Selection {
 public:
    explicit Group(pid_t group) : group_(group) {}

 protected:
    void consider(pid_t pid) override {
        const auto stat = stat_of(proc(), pid);
        if (stat && stat->group == group_) {
            note({pid, stat->parent, stat->start_ticks});
        }
    }
    bool belongs(const Process& process, const Candidate& /*candidate*/) const override {
        const auto stat = stat_of(process);
        return stat && stat->group == group_;
    }

 private:
    pid_t group_;
};

class User final : public Selection {
 public:
    explicit User(uid_t uid) : uid_(uid) {}

 protected:
    void consider(pid_t pid) override {
        const auto process = pinned(pid);
        if (process && belongs(*process, {})) {
            note({pid, 0, 0});
        }
    }
    bool belongs(const Process& process, const Candidate& /*candidate*/) const override {
        const auto uid = process.real_uid();
        if (!uid || *uid != uid_) {
            return false;
        }
        if (uid_ != 0) {
            return true;
        }
        const auto of_kernel = process.is_kernel_thread();
        return process.pid() != init && of_kernel && !*of_kernel;
    }

 private:
    uid_t uid_;
};

class ControlGroup final : public Selection {
 public:
    ControlGroup(std::string path, std::string name) : path_(std::move(path)), name_(std::move(name)) {}

 protected:
    void consider(pid_t pid) override {
        const auto text = read_file(proc(), std::to_string(pid) + "/cgroup");
        if (text && is_in_control_group(*text, path_, name_)) {
            note({pid, 0, 0});
        }
    }
    bool belongs(const Process& process, const Candidate& /*candidate*/) const override {
        const auto text = process.read("cgroup");
        return text && is_in_control_group(*text, path_, name_);
    }

 private:
    std::string path_;
    std::string name_;
};

}  // namespace

Selection::Selection() : proc_(::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}  // NOLINT(*-vararg)

void Selection::restart() {
    numbers_.clear();
    candidates_.clear();
    rewind_listing(proc_.get());
}

bool Selection::step() {
    const auto end = std::chrono::steady_clock::now() + slice;
    do {
        if (numbers_.empty() && (next_numbers(proc_.get(), numbers_) < 0 || numbers_.empty())) {
            return true;
        }
        const pid_t pid = numbers_.back();
        numbers_.pop_back();
        consider(pid);
    } while (std::chrono::steady_clock::now() < end);
    return false;
}

std::vector<Selection::Candidate> Selection::chosen(const std::vector<pid_t>& /*members*/) {
    return candidates_;
}

std::optional<Process> Selection::pinned(pid_t pid) {
    auto process = Process::pin(pid);
    if (process) {
        return *std::move(process);
    }
    if (process.failure().code != ErrorCode::no_such_process) {
        failure_ = process.failure();
    }
    return std::nullopt;
}

void Selection::pin(const Candidate& candidate, std::vector<Process>& processes) {
    auto process = pinned(candidate.pid);
    if (process && belongs(*process, candidate)) {
        processes.push_back(*std::move(process));
    }
}

std::unique_ptr<Selection> select_tree(pid_t root) {
    return std::make_unique<Tree>(root);
}

std::unique_ptr<Selection> select_group(pid_t group) {
    return std::make_unique<Group>(group);
}

std::unique_ptr<Selection> select_user(uid_t uid) {
    return std::make_unique<User>(uid);
}

std::unique_ptr<Selection> select_control_group(std::string path) {
    return std::make_unique<ControlGroup>(std::move(path), std::string{});
}

std::unique_ptr<Selection> select_user_unit(uid_t uid, const std::string& unit) {
    const auto number = std::to_string(uid);
    return std::make_unique<ControlGroup>("/user.slice/user-" + number + ".slice/user@" + number + ".service", unit);
}

Expected<std::uint64_t> start_of(const Process& process) {
    const auto stat = stat_of(process);
    if (!stat) {
        return process.ended();
    }
    return stat->start_ticks;
}

Expected<pid_t> group_of(const Process& process) {
    const auto stat = stat_of(process);
    if (!stat) {
        return process.ended();
    }
    return stat->group;
}

}  // namespace iopriority::kernel
