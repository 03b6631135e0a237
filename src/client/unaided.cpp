// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client/unaided.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "client/changing.hpp"
#include "kernel/reader.hpp"
#include "kernel/users.hpp"

namespace iopriority::client {

namespace {

using kernel::Process;

std::string label_of(const Process& process) {
    return "process " + std::to_string(process.pid()) + " (" + process.name() + ")";
}

/// A process that is there but out of this caller's sight (hidepid) is the service's.
Expected<Process> pin(const Request& request) {
    auto process = Process::pin(request.id == 0 ? ::getpid() : static_cast<pid_t>(request.id));
    if (!process && process.failure().code == ErrorCode::failed) {
        return Failure{ErrorCode::access_denied, process.failure().message};
    }
    return process;
}

Expected<Answer> set_process(const Request& request) {
    const auto process = pin(request);
    if (!process) {
        return process.failure();
    }
    const auto threads = kernel::ProcThreads::open(*process);
    if (!threads) {
        return threads.failure();
    }
    const auto changed = change_threads(**threads, request.priority, label_of(*process));
    if (!changed) {
        return changed.failure();
    }
    return Answer{{1, *changed, false}, {}};
}

Expected<Answer> get(const Request& request) {
    const auto process = pin(request);
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

Expected<Answer> set_user(const Request& request) {
    const auto label = "user " + std::to_string(request.id);
    if (request.id == 0) {
        return Failure{ErrorCode::failed,
                       label + ": only the service sets root's processes, it leaves out the kernel's"};
    }
    if (!kernel::user_has_tasks(request.id)) {
        return Failure{ErrorCode::no_such_process, label + " has no process"};
    }
    kernel::UserSetter setter(request.id, request.priority);
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
    return Answer{{setter.processes(), setter.threads(), false}, {}};
}

class Kernel final : public Unaided {
 public:
    [[nodiscard]] bool in_reach(const Request& request) const override {
        return request.what != What::set_user ||
               (request.id != 0 && (request.id == ::getuid() || request.id == ::geteuid()));
    }

    [[nodiscard]] Expected<Answer> serve(const Request& request) override {
        switch (request.what) {
            case What::set_process:
                return set_process(request);
            case What::set_user:
                return set_user(request);
            case What::get:
                break;
        }
        return get(request);
    }
};

}  // namespace

std::unique_ptr<Unaided> unaided() {
    return std::make_unique<Kernel>();
}

}  // namespace iopriority::client
