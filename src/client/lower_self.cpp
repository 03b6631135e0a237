// SPDX-License-Identifier: LGPL-2.1-or-later
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

#include <iopriority/client.hpp>

#include "client/changing.hpp"
#include "client/errors.hpp"

namespace iopriority {

namespace {

constexpr int lowest_nice = 19;

/// Threads that count as idle only if their CPU nice value is the lowest as well. Linux has nice per thread, too.
class NiceThreads final : public kernel::ThreadGroup {
 public:
    explicit NiceThreads(kernel::ThreadGroup& threads) : threads_(threads) {}

    void rewind() override { threads_.rewind(); }
    int next(std::vector<pid_t>& tids) override { return threads_.next(tids); }
    unsigned count() override { return threads_.count(); }
    bool owns_number() override { return threads_.owns_number(); }
    bool running() override { return threads_.running(); }
    bool contains(pid_t tid) override { return threads_.contains(tid); }
    bool belongs(pid_t tid) override { return threads_.belongs(tid); }
    bool is_young(pid_t tid) override { return threads_.is_young(tid); }
    std::optional<pid_t> creator_of_stranger(pid_t tid) override { return threads_.creator_of_stranger(tid); }
    std::optional<Priority> effective(pid_t tid, Priority set) override { return threads_.effective(tid, set); }

    int get(pid_t tid) override {
        errno = 0;
        const int nice = ::getpriority(PRIO_PROCESS, static_cast<id_t>(tid));
        if (nice == -1 && errno != 0) {
            return -errno;
        }
        return nice == lowest_nice ? threads_.get(tid) : values::to_kernel(Priority::none());
    }

    int set(pid_t tid, int value) override {
        if (::setpriority(PRIO_PROCESS, static_cast<id_t>(tid), lowest_nice) != 0) {
            return -errno;
        }
        return threads_.set(tid, value);
    }

 private:
    kernel::ThreadGroup& threads_;
};

}  // namespace

unsigned lower_self() {
    const auto process = kernel::Process::pin(::getpid());
    if (!process) {
        client::throw_failure(process.failure());
    }
    const auto threads = kernel::ProcThreads::open(*process);
    if (!threads) {
        client::throw_failure(threads.failure());
    }
    NiceThreads nice(**threads);
    const auto lowered = client::change_threads(nice, Priority::idle(), [] { return "this process"; });
    if (!lowered) {
        client::throw_failure(lowered.failure());
    }
    return *lowered;
}

}  // namespace iopriority
