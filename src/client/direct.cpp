// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client/direct.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <thread>
#include <utility>
#include <vector>

#include "client/members.hpp"
#include "engine/survey.hpp"
#include "storage/devices.hpp"

namespace iopriority::client {

namespace {

using process::Process;

bool is_unit(const Target& target) {
    return target.kind() == Target::Kind::unit || target.kind() == Target::Kind::user_unit;
}

process::UniqueFd duplicate(int pidfd) {
    return process::UniqueFd(::fcntl(pidfd, F_DUPFD_CLOEXEC, 0));  // NOLINT(*-vararg)
}

/// Where /proc hides other users' processes (hidepid), selecting several processes cannot work.
bool sees_all_processes() {
    return ::access("/proc/1/stat", R_OK) == 0;
}

/// A process that exists but is hidden from this caller (hidepid) is left to the service.
Expected<Process> pin(const Target& target) {
    auto process = target.kind() == Target::Kind::pidfd ? Process::from_pidfd(duplicate(target.pidfds().front()))
                                                        : Process::pin(members_of(target).front());
    if (!process && process.failure().code == ErrorCode::failed && !sees_all_processes()) {
        return Failure{ErrorCode::access_denied, process.failure().message};
    }
    return process;
}

Expected<engine::Target> list_of_pidfds(const Target& target) {
    std::vector<process::UniqueFd> pidfds;
    for (const int pidfd : target.pidfds()) {
        pidfds.push_back(duplicate(pidfd));
    }
    return engine::pidfds_target(std::move(pidfds), target.descendants());
}

Failure only_the_service(const std::string& why) {
    return {ErrorCode::access_denied, why};
}

Expected<Reply> set(const Target& target, Priority wanted) {
    if (target.kind() == Target::Kind::user && target.id() == 0) {
        return Failure{ErrorCode::failed,
                       "user 0: only the service can set root's processes: it leaves out the kernel's"};
    }
    auto found = direct_target(target);
    if (!found) {
        return found.failure();
    }
    const bool own_user = found->threads_of.has_value() && !target.keeps_explicit();
    // The kernel goes by the real uid as well as by the effective one.
    const uid_t caller = own_user && target.id() == ::getuid() ? ::getuid() : ::geteuid();
    engine::Job job(*std::move(found), direct_order(target, wanted, true), caller);
    if (own_user) {
        // The kernel's call for all of them would stop midway at one that holds capabilities.
        const auto seen = look(job);
        if (!seen) {
            return seen.failure();
        }
        if (seen->needed != policy::required(caller, {caller, false}, wanted)) {
            return only_the_service(job.name().text +
                                    ": the kernel does not let this user change all of its threads, " +
                                    "only the service can");
        }
    }
    return run(job).transform([](const Changed& changed) { return Reply{.changed = changed}; });
}

Expected<Reply> read(const Target& target, engine::Survey::Depth depth) {
    auto found = direct_target(target);
    if (!found) {
        return found.failure();
    }
    engine::Reader reader(depth);
    reader.begin(*std::move(found));
    while (!reader.step()) {
    }
    return reader.result().transform([](const Details& details) { return Reply{.details = details}; });
}

class Kernel final : public DirectBackend {
 public:
    [[nodiscard]] bool in_reach(const CallRequest& request) const override {
        const auto& target = request.target;
        if (request.what == What::hold || is_unit(target)) {
            return false;
        }
        return request.what != What::set || target.kind() != Target::Kind::user ||
               (target.id() != 0 && (target.id() == ::getuid() || target.id() == ::geteuid()));
    }

    [[nodiscard]] Expected<Reply> serve(const CallRequest& request) override {
        switch (request.what) {
            case What::set:
                return set(request.target, request.priority);
            case What::describe:
                return read(request.target, engine::Survey::Depth::everything);
            case What::hold:
                return Failure{ErrorCode::invalid_argument,
                               "a priority can be held by the service alone, which outlives its caller"};
            case What::devices:
                return storage::list_devices().transform([](const auto& all) { return Reply{.devices = all}; });
            case What::get:
                break;
        }
        return read(request.target, engine::Survey::Depth::highest);
    }
};

}  // namespace

Expected<engine::Target> direct_target(const Target& target) {
    using Kind = Target::Kind;
    const auto kind = target.kind();
    const bool one = (kind == Kind::process || kind == Kind::pidfd) && !target.descendants();
    if (!one && !is_unit(target) && !sees_all_processes()) {
        return only_the_service("/proc hides processes from this user: only the service sees them all");
    }
    switch (kind) {
        case Kind::process:
        case Kind::pidfd: {
            auto process = pin(target);
            return process ? engine::process_target(*std::move(process), target.descendants())
                           : Expected<engine::Target>(process.failure());
        }
        case Kind::processes:
            return engine::list_target(members_of(target), {}, target.descendants());
        case Kind::pidfds:
            return list_of_pidfds(target);
        case Kind::group:
            return engine::group_target(target.id() == 0 ? ::getpgrp() : static_cast<pid_t>(target.id()));
        case Kind::user:
            return engine::user_target(target.id());
        case Kind::unit:
        case Kind::user_unit:
            break;
    }
    return only_the_service("only the service can find the processes of a unit");
}

engine::Order direct_order(const Target& target, Priority wanted, bool kernel_judges) {
    return {wanted, target.keeps_explicit(), kernel_judges};
}

Expected<engine::Look> look(engine::Job& job) {
    job.begin_look();
    while (!job.look_step()) {
    }
    return job.looked();
}

Expected<Changed> run(engine::Job& job) {
    job.begin(policy::Grant::everything(::geteuid()));
    auto progress = engine::Job::Progress::more;
    while ((progress = job.step()) != engine::Job::Progress::done) {
        if (progress == engine::Job::Progress::settle) {
            std::this_thread::sleep_for(engine::settle_delay);
        }
    }
    auto outcome = job.result();
    if (job.tally().refused > 0) {
        job.begin_undo();
        while (job.step() != engine::Job::Progress::done) {
        }
    }
    return outcome;
}

std::unique_ptr<DirectBackend> direct_backend() {
    return std::make_unique<Kernel>();
}

}  // namespace iopriority::client
