// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client/unaided.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <system_error>
#include <utility>
#include <vector>

#include "client/changing.hpp"
#include "kernel/devices.hpp"
#include "kernel/reader.hpp"
#include "kernel/selection.hpp"
#include "kernel/survey.hpp"
#include "kernel/users.hpp"
#include "targets/target.hpp"

namespace iopriority::client {

namespace {

using kernel::Process;

/// A process that is there but out of this caller's sight (hidepid) is the service's.
Expected<Process> pin(const Target& target) {
    const auto number = target.id() == 0 ? ::getpid() : static_cast<pid_t>(target.id());
    auto process = target.kind() == Target::Kind::pidfd
                       ? Process::from_pidfd(kernel::UniqueFd(::fcntl(target.pidfd(), F_DUPFD_CLOEXEC, 0)))  // NOLINT
                       : Process::pin(number);
    if (!process && process.failure().code == ErrorCode::failed) {
        return Failure{ErrorCode::access_denied, process.failure().message};
    }
    return process;
}

pid_t group_of(const Target& target) {
    return target.id() == 0 ? ::getpgrp() : static_cast<pid_t>(target.id());
}

/// Where /proc hides others' processes (hidepid), what several processes are selected by cannot be seen.
bool sees_all_processes() {
    return ::access("/proc/1/stat", R_OK) == 0;
}

Failure hidden() {
    return {ErrorCode::access_denied, "/proc hides processes from this user: only the service sees them all"};
}

Expected<Answer> set_process(const Target& target, Priority wanted) {
    const auto process = pin(target);
    if (!process) {
        return process.failure();
    }
    const auto threads = kernel::ProcThreads::open(*process);
    if (!threads) {
        return threads.failure();
    }
    const auto changed = change_threads(**threads, wanted, [&] { return targets::name_of(*process, 0).text; });
    if (!changed && changed.failure().code == ErrorCode::no_such_process) {
        return process->ended();  // it has no name any more
    }
    if (!changed) {
        return changed.failure();
    }
    return Answer{{1, *changed, false}};
}

/// A tree, a group, a user less what is explicit.
Expected<std::unique_ptr<targets::Target>> several_of(const Target& target) {
    if (target.kind() == Target::Kind::group) {
        return targets::group_target(group_of(target));
    }
    if (target.kind() == Target::Kind::user) {
        return targets::unset_of_user_target(target.id());
    }
    auto root = pin(target);
    if (!root) {
        return root.failure();
    }
    return targets::tree_target(*std::move(root));
}

Expected<Answer> set_several(const Target& target, Priority wanted) {
    if (!sees_all_processes()) {
        return hidden();
    }
    const auto several = several_of(target);
    if (!several) {
        return several.failure();
    }
    const auto changed = change_several(**several, wanted);
    if (!changed) {
        return changed.failure();
    }
    return Answer{{changed->processes, changed->threads, false}};
}

Expected<Answer> get(const Target& target) {
    const auto process = pin(target);
    if (!process) {
        return process.failure();
    }
    const auto threads = kernel::ProcThreads::open(*process);
    if (!threads) {
        return threads.failure();
    }
    kernel::ThreadReader reader(**threads);
    while (!reader.step()) {
    }
    if (!reader.highest()) {
        return process->ended();
    }
    return Answer{{}, *reader.highest()};
}

Expected<Answer> set_user(uid_t uid, Priority wanted) {
    const auto label = targets::user_text(uid);
    if (uid == 0) {
        return Failure{ErrorCode::failed,
                       label + ": only the service sets root's processes, it leaves out the kernel's"};
    }
    if (!kernel::user_has_tasks(uid)) {
        return Failure{ErrorCode::no_such_process, label + " has no process"};
    }
    kernel::UserSetter setter(uid, wanted);
    while (!setter.step()) {
    }
    if (setter.failure()) {
        return *setter.failure();
    }
    if (setter.refused() > 0 && setter.refusal() == EPERM) {
        return Failure{ErrorCode::access_denied,
                       label + ": the kernel does not let this user change " + std::to_string(setter.refused()) +
                           " of the threads, only the service can" + (setter.touched() ? "; others are changed" : "")};
    }
    if (setter.refused() > 0 || setter.outrun()) {
        return Failure{ErrorCode::partially_applied,
                       label + ": " + std::to_string(setter.threads()) + " threads are set, others are not: " +
                           (setter.outrun() ? "they start too fast, try again"
                                            : std::generic_category().message(setter.refusal()))};
    }
    if (setter.threads() == 0) {
        return Failure{ErrorCode::no_such_process, label + " has no process"};
    }
    return Answer{{setter.processes(), setter.threads(), false}};
}

Expected<Answer> set(const Target& target, Priority wanted) {
    if (target.kind() == Target::Kind::unit) {
        return Failure{ErrorCode::invalid_argument, "only the service can find the processes of a unit"};
    }
    if (target.descendants() || target.kind() == Target::Kind::group || target.keeps_explicit()) {
        return set_several(target, wanted);
    }
    return target.kind() == Target::Kind::user ? set_user(target.id(), wanted) : set_process(target, wanted);
}

Expected<Answer> devices() {
    const auto found = kernel::list_devices();
    if (!found) {
        return found.failure();
    }
    Answer answer;
    answer.devices = *found;
    return answer;
}

class Kernel final : public Unaided {
 public:
    [[nodiscard]] bool in_reach(const Request& request) const override {
        const auto& target = request.target;
        if (request.what == What::hold || target.kind() == Target::Kind::unit) {
            return false;
        }
        return request.what != What::set || target.kind() != Target::Kind::user ||
               (target.id() != 0 && (target.id() == ::getuid() || target.id() == ::geteuid()));
    }

    [[nodiscard]] Expected<Answer> serve(const Request& request) override {
        switch (request.what) {
            case What::set:
                return set(request.target, request.priority);
            case What::describe:
                return describe(request.target);
            case What::hold:
                return Failure{ErrorCode::invalid_argument,
                               "a priority can be held by the service alone, which outlives its caller"};
            case What::devices:
                return devices();
            case What::get:
                break;
        }
        return get(request.target);
    }

 private:
    [[nodiscard]] static Expected<Answer> describe(const Target& target);
};

/// What is set on the threads of some processes.
Expected<Answer> described(const std::vector<Process>& processes, const Failure& nobody) {
    kernel::Survey survey;
    for (const auto& process : processes) {
        if (const auto threads = kernel::ProcThreads::open(process)) {
            (*threads)->rewind();
            while (!survey.step(**threads)) {
            }
        }
    }
    auto found = survey.result();
    if (!found) {
        return nobody;
    }
    Answer answer;
    answer.details = {found->set,       found->effective, std::move(found->source),
                      found->processes, found->threads,   {found->breakdown.begin(), found->breakdown.end()}};
    return answer;
}

Expected<Answer> Kernel::describe(const Target& target) {
    if (target.kind() == Target::Kind::process || target.kind() == Target::Kind::pidfd) {
        auto process = pin(target);
        if (!process) {
            return process.failure();
        }
        std::vector<Process> one;
        one.push_back(*std::move(process));
        auto answer = described(one, one.front().ended());
        // By number: what was read counts only if the process still owned it afterwards.
        return one.front().running() ? answer : one.front().ended();
    }
    if (!sees_all_processes()) {
        return hidden();
    }
    const bool group = target.kind() == Target::Kind::group;
    const auto selection = group ? kernel::select_group(group_of(target)) : kernel::select_user(target.id());
    const auto text = group ? targets::group_text(group_of(target)) : targets::user_text(target.id());
    selection->restart();
    while (!selection->step()) {
    }
    return described(selection->found(std::map<pid_t, int>{}), {ErrorCode::no_such_process, text + " has no process"});
}

class Nobody final : public Unaided {
 public:
    [[nodiscard]] bool in_reach(const Request& /*request*/) const override { return false; }
    [[nodiscard]] Expected<Answer> serve(const Request& /*request*/) override {
        return Failure{ErrorCode::invalid_argument, "the kernel of this machine has no processes of another one"};
    }
};

}  // namespace

std::unique_ptr<Unaided> nobody() {
    return std::make_unique<Nobody>();
}

std::unique_ptr<Unaided> unaided() {
    return std::make_unique<Kernel>();
}

}  // namespace iopriority::client
