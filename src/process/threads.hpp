// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The threads of one process: the operating system behind a narrow interface, so that rules can be tested alone.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "process/credentials.hpp"
#include "process/process.hpp"
#include "process/read_file.hpp"
#include "process/stat_reads.hpp"
#include "process/syscalls.hpp"
#include "values/not_copyable.hpp"
#include "values/values.hpp"

namespace iopriority::process {

class ThreadGroup : public Interface {
 public:
    /// Starts the listing again.
    virtual void rewind() = 0;
    /// Fills in the next thread ids, a few hundred at most; none at the end. 0 or a negative errno: always, once the
    /// process no longer owns its number.
    [[nodiscard]] virtual int next(std::vector<pid_t>& tids) = 0;
    /// How many threads there are now, counted without the listing (which can skip some while others end).
    [[nodiscard]] virtual unsigned count() = 0;
    /// The only thread of a process that has no others now. It is the first, which stays listed as long as any thread
    /// exists.
    [[nodiscard]] virtual std::optional<pid_t> only_thread() = 0;
    /// The process still owns its number.
    [[nodiscard]] virtual bool owns_number() = 0;
    /// The process has a thread that has not ended.
    [[nodiscard]] virtual bool running() = 0;
    /// The thread belongs to the process, now.
    [[nodiscard]] virtual bool contains(pid_t tid) = 0;
    /// As contains(), for less, while the process owns its number.
    [[nodiscard]] virtual bool belongs(pid_t tid) = 0;
    /// The thread was started since this group was opened: if it has the number of one that was there, it is another.
    [[nodiscard]] virtual bool is_new(pid_t tid) = 0;
    /// The thread was started within the last second.
    [[nodiscard]] virtual bool is_young(pid_t tid) = 0;
    /// The thread has ended, though it may still be listed.
    [[nodiscard]] virtual bool has_ended(pid_t tid) = 0;
    /// It is the first thread and has ended while others run: it stays listed, and reads as one on which nothing is
    /// set.
    [[nodiscard]] virtual bool is_ended_first(pid_t tid) = 0;
    /// Whose the thread is; no_such_process if it has ended or is another process's.
    [[nodiscard]] virtual Expected<Credentials> credentials(pid_t tid) = 0;
    /// If the number belongs to a task of another process that started after this group was opened: its creator, as far
    /// as it is known. That is the first thread of that process, or the parent if the task is itself the first thread.
    [[nodiscard]] virtual std::optional<pid_t> creator_of_recycled(pid_t tid) = 0;
    /// As ioprio_get and ioprio_set of one thread: the value or 0, or a negative errno.
    [[nodiscard]] virtual int get(pid_t tid) = 0;
    [[nodiscard]] virtual int set(pid_t tid, int value) = 0;
    /// What the block layer uses for a thread with this set; nothing if the thread is gone.
    [[nodiscard]] virtual std::optional<Priority> effective(pid_t tid, Priority set) = 0;

    /// What is set on a thread; nothing if it is gone.
    [[nodiscard]] std::optional<Priority> priority(pid_t tid);
    /// Puts back what get() has found, bit for bit; without hints where the kernel refuses these.
    [[nodiscard]] bool put_back(pid_t tid, int found);
};

/// The real one: /proc/PID/task of a pinned process, which must outlive it.
class ProcThreads : public ThreadGroup {
 public:
    /// @tparam Threads this class or one derived from it
    template <typename Threads = ProcThreads>
    static Expected<std::unique_ptr<Threads>> open(const Process& process) {
        return open_tasks(process).transform(
            [&process](UniqueFd tasks) { return std::make_unique<Threads>(process, std::move(tasks)); });
    }
    ProcThreads(const Process& process, UniqueFd tasks);

    void rewind() override { rewind_listing(tasks_.get()); }
    int next(std::vector<pid_t>& tids) override { return next_numbers(tasks_.get(), tids); }
    unsigned count() override;
    std::optional<pid_t> only_thread() override { return count() == 1 ? std::optional(process_.pid()) : std::nullopt; }
    bool owns_number() override { return process_.owns_number(); }
    bool running() override { return process_.running(); }
    bool contains(pid_t tid) override;
    bool belongs(pid_t tid) override { return sys::thread_probe(process_.pid(), tid) != -ESRCH; }
    bool is_new(pid_t tid) override;
    bool is_young(pid_t tid) override;
    bool has_ended(pid_t tid) override;
    bool is_ended_first(pid_t tid) override { return tid == process_.pid() && count() > 1 && has_ended(tid); }
    Expected<Credentials> credentials(pid_t tid) override { return credentials_.of(tid); }
    std::optional<pid_t> creator_of_recycled(pid_t tid) override;
    int get(pid_t tid) override { return sys::ioprio_get(sys::Who::thread, static_cast<id_t>(tid)); }
    int set(pid_t tid, int value) override;
    std::optional<Priority> effective(pid_t tid, Priority set) override;

 private:
    [[nodiscard]] static Expected<UniqueFd> open_tasks(const Process& process);
    [[nodiscard]] StatResult stat_of(pid_t tid) const;

    const Process& process_;
    UniqueFd tasks_;
    CredentialReader credentials_;
    std::uint64_t opened_;  // in ticks after boot
};

}  // namespace iopriority::process
