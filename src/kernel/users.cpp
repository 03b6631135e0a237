// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/users.hpp"

#include <fcntl.h>

#include <cerrno>
#include <chrono>

#include "kernel/number_listing.hpp"
#include "kernel/syscalls.hpp"

namespace iopriority::kernel {

namespace {

constexpr uid_t root = 0;
constexpr pid_t init = 1;
constexpr unsigned most_passes = 8;
constexpr auto slice = std::chrono::microseconds(500);

}  // namespace

bool user_has_tasks(uid_t uid) noexcept {
    return uid == root || sys::ioprio_get(sys::Who::user, uid) != -ESRCH;
}

std::optional<Priority> highest_of_user(uid_t uid) noexcept {
    const int value = uid == root ? -ENOTSUP : sys::ioprio_get(sys::Who::user, uid);
    return value < 0 ? std::nullopt : std::optional(values::from_kernel(value));
}

UserSetter::UserSetter(uid_t uid, Priority wanted)
    : uid_(uid), wanted_(wanted), proc_(::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {  // NOLINT(*-vararg)
    if (!proc_) {
        failure_ = Failure{ErrorCode::failed, "/proc cannot be read"};
    }
}

bool UserSetter::step() {
    if (failure_) {
        return true;
    }
    const auto end = std::chrono::steady_clock::now() + slice;
    if (!begun_) {
        begun_ = true;
        set_by_kernel();
        begin_pass();
    }
    while (std::chrono::steady_clock::now() < end) {
        if (current_) {
            if (current_->setter->step()) {
                finish_current();
            }
            continue;
        }
        if (pids_.empty()) {
            if (next_numbers(proc_.get(), pids_) < 0 || pids_.empty()) {
                return end_pass();
            }
            continue;
        }
        const pid_t pid = pids_.back();
        pids_.pop_back();
        take(pid);
    }
    return false;
}

void UserSetter::set_by_kernel() {
    if (uid_ == root) {
        return;
    }
    // Twice: a clone under way during the first is linked by the second. A refusal (by a security module) stops it
    // midway; the walk does the rest and counts who refuses.
    for (int round = 0; round < 2; ++round) {
        if (sys::ioprio_set(sys::Who::user, uid_, values::to_kernel(wanted_)) == 0) {
            touched_ = true;
        }
    }
}

void UserSetter::begin_pass() {
    ++passes_;
    processes_ = 0;
    as_wanted_ = 0;
    refused_ = 0;
    changed_ = false;
    rewind_listing(proc_.get());
}

bool UserSetter::end_pass() {
    if (!changed_) {
        return true;
    }
    if (passes_ >= most_passes) {
        outrun_ = true;
        return true;
    }
    begin_pass();
    return false;
}

void UserSetter::take(pid_t pid) {
    if (uid_ == root && pid == init) {
        return;
    }
    auto process = Process::pin(pid);
    if (!process) {
        missed(process.failure());
        return;
    }
    const auto owner = process->real_uid();
    if (!owner || *owner != uid_) {
        return;
    }
    if (uid_ == root) {
        const auto of_kernel = process->is_kernel_thread();
        if (!of_kernel || *of_kernel) {
            return;
        }
    }
    auto current = std::make_unique<Current>(Current{*std::move(process), nullptr, std::nullopt});
    auto threads = ProcThreads::open(current->process);
    if (!threads) {
        missed(threads.failure());
        return;
    }
    current->threads = *std::move(threads);
    current->setter.emplace(*current->threads, wanted_);
    current_ = std::move(current);
}

// What has ended, or is a thread of the kernel that is ending, is not missed.
void UserSetter::missed(const Failure& why) {
    if (why.code != ErrorCode::no_such_process) {
        failure_ = why;
    }
}

void UserSetter::finish_current() {
    const auto current = std::move(current_);
    const ThreadSetter& setter = *current->setter;
    if (setter.gone()) {
        return;
    }
    as_wanted_ += setter.as_wanted();
    refused_ += setter.refused();
    refusal_ = setter.refused() > 0 ? setter.refusal() : refusal_;
    changed_ = changed_ || !setter.changes().empty();
    touched_ = touched_ || changed_;
    outrun_ = outrun_ || setter.outrun();
    processes_ += setter.refused() == 0 ? 1U : 0U;
}

}  // namespace iopriority::kernel
