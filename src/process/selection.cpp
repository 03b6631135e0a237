// SPDX-License-Identifier: LGPL-2.1-or-later
#include "process/selection.hpp"

#include <fcntl.h>

#include <cerrno>
#include <chrono>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "process/descriptors.hpp"
#include "process/number_listing.hpp"
#include "process/proc_text.hpp"
#include "process/read_file.hpp"

namespace iopriority::process {

namespace {

constexpr auto slice = std::chrono::microseconds(500);
constexpr pid_t init = 1;

Failure not_of_it(pid_t pid) {
    return {ErrorCode::no_such_process, "process " + std::to_string(pid) + " does not belong any more"};
}

class OneProcess final : public Selection {
 public:
    explicit OneProcess(Pinned process) : process_(std::move(process)) {}

    void restart() override {}
    Expected<bool> step() override { return true; }
    std::vector<Candidate> found(const std::vector<pid_t>& /*members*/) override { return {{process_->pid()}}; }
    Expected<Pinned> pin(const Candidate& /*candidate*/) override { return process_; }
    bool is_fixed() const override { return true; }

 private:
    Pinned process_;
};

/// All that look through /proc.
class Scan : public Selection {
 public:
    void restart() override {
        numbers_.clear();
        found_.clear();
        rewind_listing(proc_.get());
    }

    Expected<bool> step() override {
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
            consider(pid);
        } while (std::chrono::steady_clock::now() < end);
        return false;
    }

    std::vector<Candidate> found(const std::vector<pid_t>& /*members*/) override { return found_; }

    Expected<Pinned> pin(const Candidate& candidate) override {
        auto process = Process::pin(candidate.pid);
        if (!process) {
            return process.failure();
        }
        if (!belongs(*process, candidate)) {
            return not_of_it(candidate.pid);
        }
        return std::make_shared<const Process>(*std::move(process));
    }

 protected:
    /// Looks at one number of /proc; notes it if it may belong.
    virtual void consider(pid_t pid) = 0;
    /// Looks again, under the pin.
    [[nodiscard]] virtual bool belongs(const Process& process, const Candidate& candidate) const = 0;

    void note(const Candidate& candidate) { found_.push_back(candidate); }
    /// By number, unpinned: only for finding candidates.
    [[nodiscard]] Expected<std::string> read(pid_t pid, const char* file) const {
        return read_file(proc_.get(), std::to_string(pid) + file);
    }
    [[nodiscard]] std::optional<ProcStat> stat_of(pid_t pid) const {
        const auto text = read(pid, "/stat");
        return text ? parse_stat(*text) : std::nullopt;
    }

 private:
    UniqueFd proc_{::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};  // NOLINT(*-vararg)
    int error_ = errno;
    std::vector<pid_t> numbers_;
    std::vector<Candidate> found_;
};

class Tree final : public Scan {
 public:
    explicit Tree(Pinned root) : root_(std::move(root)) {}

    void restart() override {
        children_.clear();
        scanned_.clear();
        Scan::restart();
    }

    // The root and earlier members, as long as they are those that were found, and all that descends from them. (What a
    // member that has ended has left is a child of others now: it is known if it was seen before.)
    std::vector<Candidate> found(const std::vector<pid_t>& members) override {
        std::vector<Candidate> tree{{root_->pid()}};
        std::set<pid_t> seen{root_->pid()};
        for (const pid_t member : members) {
            const auto known = starts_.find(member);
            const auto now = scanned_.find(member);
            if (known != starts_.end() && now != scanned_.end() && known->second == now->second &&
                seen.insert(member).second) {
                tree.push_back({member, known->second});
            }
        }
        for (std::size_t next = 0; next < tree.size(); ++next) {
            const auto [first, last] = children_.equal_range(tree[next].pid);
            for (auto child = first; child != last; ++child) {
                if (seen.insert(child->second).second) {
                    const auto start = scanned_.at(child->second);
                    starts_[child->second] = start;
                    tree.push_back({child->second, start});
                }
            }
        }
        return tree;
    }

    Expected<Pinned> pin(const Candidate& candidate) override {
        if (candidate.pid != root_->pid()) {
            return Scan::pin(candidate);
        }
        return root_->running() ? Expected<Pinned>(root_) : root_->ended();
    }

 protected:
    void consider(pid_t pid) override {
        if (const auto stat = stat_of(pid)) {
            children_.emplace(stat->parent, pid);
            scanned_[pid] = stat->start_ticks;
        }
    }
    // The parent may have ended since; that it was the parent when the process was scanned is enough.
    bool belongs(const Process& process, const Candidate& candidate) const override {
        const auto start = start_of(process);
        return start && *start == candidate.start_ticks;
    }

 private:
    Pinned root_;
    std::multimap<pid_t, pid_t> children_;    // of the last scan, by parent
    std::map<pid_t, std::uint64_t> scanned_;  // when each process of the last scan was started
    std::map<pid_t, std::uint64_t> starts_;   // of all members
};

class Group final : public Scan {
 public:
    explicit Group(pid_t group) : group_(group) {}

 protected:
    void consider(pid_t pid) override {
        const auto stat = stat_of(pid);
        if (stat && stat->group == group_) {
            note({pid});
        }
    }
    bool belongs(const Process& process, const Candidate& /*candidate*/) const override {
        const auto group = group_of(process);
        return group && *group == group_;
    }

 private:
    pid_t group_;
};

class ForUser final : public Scan {
 public:
    explicit ForUser(uid_t uid) : of_root_(uid == 0) {}

 protected:
    void consider(pid_t pid) override {
        if (!of_root_ || pid != init) {
            note({pid});
        }
    }
    bool belongs(const Process& process, const Candidate& /*candidate*/) const override {
        const auto of_kernel = of_root_ ? process.is_kernel_thread() : Expected<bool>(false);
        return of_kernel && !*of_kernel;
    }

 private:
    bool of_root_;
};

class ControlGroup final : public Scan {
 public:
    ControlGroup(std::string path, std::string name) : path_(std::move(path)), name_(std::move(name)) {}

 protected:
    void consider(pid_t pid) override {
        const auto text = read(pid, "/cgroup");
        if (text && is_in_control_group(*text, path_, name_)) {
            note({pid});
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

std::unique_ptr<Selection> select_process(Selection::Pinned process) {
    return std::make_unique<OneProcess>(std::move(process));
}

std::unique_ptr<Selection> select_tree(Selection::Pinned root) {
    return std::make_unique<Tree>(std::move(root));
}

std::unique_ptr<Selection> select_group(pid_t group) {
    return std::make_unique<Group>(group);
}

std::unique_ptr<Selection> select_for_user(uid_t uid) {
    return std::make_unique<ForUser>(uid);
}

std::unique_ptr<Selection> select_control_group(std::string path) {
    return std::make_unique<ControlGroup>(std::move(path), std::string{});
}

std::unique_ptr<Selection> select_user_unit(uid_t uid, const std::string& unit) {
    const auto number = std::to_string(uid);
    return std::make_unique<ControlGroup>("/user.slice/user-" + number + ".slice/user@" + number + ".service", unit);
}

}  // namespace iopriority::process
