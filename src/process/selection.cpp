// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "process/selection.hpp"

#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "process/effective.hpp"
#include "process/proc_text.hpp"
#include "process/scan.hpp"
#include "process/syscalls.hpp"
#include "values/values.hpp"

namespace iopriority::process {

namespace {

constexpr pid_t init = 1;

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

class Group final : public Scan {
 public:
    explicit Group(pid_t group) : group_(group) {}

 protected:
    bool may_belong(pid_t pid) override {
        if (const auto group = group_of(pid)) {
            return group == group_;
        }
        const auto stat = stat_of(pid);
        return stat && stat->group == group_;
    }
    bool belongs(const Process& process, const Candidate& /*candidate*/) const override {
        const auto group = group_of(process.pid());
        if (group && process.owns_number()) {  // so it was this process's when it was asked about
            return group == group_;
        }
        const auto stat = process::stat_of(process);
        return stat && stat->group == group_;
    }

 private:
    // A fortieth of what reading its stat costs; 0 if there is none. Nothing where a security module forbids to ask.
    static std::optional<pid_t> group_of(pid_t pid) {
        const pid_t group = ::getpgid(pid);
        return group >= 0 ? std::optional(group) : errno == ESRCH ? std::optional(0) : std::nullopt;
    }

    pid_t group_;
};

class ForUser final : public Scan {
 public:
    explicit ForUser(uid_t uid) : of_root_(uid == 0) {}

    void knows_all_to_be_idle(bool all) override { all_idle_ = all; }

 protected:
    bool may_belong(pid_t pid) override {
        return of_root_ ? pid != init : !all_idle_ || is_idle(pid) || thread_count_of(pid) != 1 || may_be_idle(pid);
    }
    bool belongs(const Process& process, const Candidate& /*candidate*/) const override {
        const auto stat = of_root_ ? process::stat_of(process) : ProcStat{};
        return stat && !stat->of_kernel();
    }

 private:
    static std::optional<Priority> priority(pid_t pid) {
        const int value = sys::ioprio_get(sys::Who::thread, static_cast<id_t>(pid));
        return value < 0 ? std::nullopt : std::optional(values::from_kernel(value));
    }
    static bool is_idle(pid_t pid) { return priority(pid) == Priority::idle(); }
    // Nothing set counts as what follows from the CPU's: so the kernel, too, counts it in the highest of all.
    static bool may_be_idle(pid_t pid) {
        const auto set = priority(pid);
        const auto effective = set ? process::effective(pid, *set) : std::nullopt;
        return !effective || *effective == Priority::idle();
    }

    bool of_root_;
    bool all_idle_ = false;
};

class ControlGroup final : public Scan {
 public:
    ControlGroup(std::string path, std::string name) : path_(std::move(path)), name_(std::move(name)) {}

 protected:
    bool may_belong(pid_t pid) override {
        const auto text = read(pid, "/cgroup");
        return text && is_in_control_group(*text, path_, name_);
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
