// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

#include <iopriority/client.hpp>

#include "client/direct.hpp"

namespace iopriority {

namespace {

constexpr int lowest_nice = 19;

/// Threads that count as idle only if their CPU nice value is the lowest as well. Linux has nice per thread, too.
class NiceThreads final : public process::ProcThreads {
 public:
    using ProcThreads::ProcThreads;

    int get(pid_t tid) override {
        errno = 0;
        const int nice = ::getpriority(PRIO_PROCESS, static_cast<id_t>(tid));
        if (nice == -1 && errno != 0) {
            return -errno;
        }
        return nice == lowest_nice ? ProcThreads::get(tid) : values::to_kernel(Priority::none());
    }

    int set(pid_t tid, int value) override {
        if (::setpriority(PRIO_PROCESS, static_cast<id_t>(tid), lowest_nice) != 0) {
            return -errno;
        }
        return ProcThreads::set(tid, value);
    }
};

}  // namespace

unsigned lower_self() {
    auto self = engine::process_target(process::Process::pin(::getpid()).value()).value();
    self.open = &engine::open_proc_threads<NiceThreads>;
    engine::Job job(std::move(self), {Priority::idle(), false, true}, ::geteuid());
    return client::run(job).value().threads;
}

}  // namespace iopriority
