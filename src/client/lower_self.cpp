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
class NiceThreads final : public process::ThreadGroup {
 public:
    explicit NiceThreads(std::unique_ptr<process::ThreadGroup> threads) : threads_(std::move(threads)) {}

    void rewind() override { threads_->rewind(); }
    int next(std::vector<pid_t>& tids) override { return threads_->next(tids); }
    unsigned count() override { return threads_->count(); }
    bool owns_number() override { return threads_->owns_number(); }
    bool running() override { return threads_->running(); }
    bool contains(pid_t tid) override { return threads_->contains(tid); }
    bool belongs(pid_t tid) override { return threads_->belongs(tid); }
    bool is_young(pid_t tid) override { return threads_->is_young(tid); }
    bool has_ended(pid_t tid) override { return threads_->has_ended(tid); }
    bool is_ended_first(pid_t tid) override { return threads_->is_ended_first(tid); }
    Expected<process::Credentials> credentials(pid_t tid) override { return threads_->credentials(tid); }
    std::optional<pid_t> creator_of_recycled(pid_t tid) override { return threads_->creator_of_recycled(tid); }
    std::optional<Priority> effective(pid_t tid, Priority set) override { return threads_->effective(tid, set); }

    int get(pid_t tid) override {
        errno = 0;
        const int nice = ::getpriority(PRIO_PROCESS, static_cast<id_t>(tid));
        if (nice == -1 && errno != 0) {
            return -errno;
        }
        return nice == lowest_nice ? threads_->get(tid) : values::to_kernel(Priority::none());
    }

    int set(pid_t tid, int value) override {
        if (::setpriority(PRIO_PROCESS, static_cast<id_t>(tid), lowest_nice) != 0) {
            return -errno;
        }
        return threads_->set(tid, value);
    }

 private:
    std::unique_ptr<process::ThreadGroup> threads_;
};

}  // namespace

unsigned lower_self() {
    auto self = engine::process_target(process::Process::pin(::getpid()).value());
    self.open = [](const process::Process& of) -> Expected<std::unique_ptr<process::ThreadGroup>> {
        return engine::open_proc_threads(of).transform([](auto threads) -> std::unique_ptr<process::ThreadGroup> {
            return std::make_unique<NiceThreads>(std::move(threads));
        });
    };
    engine::Job job(std::move(self), {Priority::idle(), false, true}, ::geteuid());
    return client::run(job).value().threads;
}

}  // namespace iopriority
