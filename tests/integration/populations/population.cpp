// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "population.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "support/child.hpp"
#include "support/kernel.hpp"

namespace iopriority::test {

namespace {

bool ok(long result, const char* what) {
    if (result < 0) {
        throw std::system_error(errno, std::generic_category(), what);
    }
    return true;
}

bool has_ended(pid_t tid) {
    return status_field(tid, "State").front() == 'Z';
}

}  // namespace

Population::Population(Plan plan) : plan_{std::move(plan)} {
    void* memory =
        mmap(nullptr, plan_.threads * sizeof(Slot), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ok(memory == MAP_FAILED ? -1 : 0, "mmap");
    slots_ = static_cast<Slot*>(memory);  // all zero
    start();
    try {
        await_all();
    } catch (...) {
        kill(keeper_, SIGKILL);  // it may wait for somebody for ever; who is left ends with the private bus
        end();
        throw;
    }
    note_contexts();
}

Population::~Population() {
    end();
}

void Population::start() {
    int gate[2]{};
    ok(pipe2(gate, O_CLOEXEC), "pipe2");
    keeper_ = fork();
    ok(keeper_, "fork");
    if (keeper_ == 0) {
        constexpr int first_other = 3;  // whatever the test has open is none of theirs
        dup2(gate[0], first_other);
        close_range(first_other + 1, ~0U, 0);
        keep_population(plan_, slots_, first_other);
        _exit(0);
    }
    close(gate[0]);
    gate_ = gate[1];
}

void Population::await_all() {
    const auto check = [](const Slot& slot) {
        if (slot.failed_in != 0) {
            throw std::runtime_error("a member fails in line " + std::to_string(slot.failed_in) + ": " +
                                     std::strerror(slot.error));  // NOLINT(concurrency-mt-unsafe): one thread
        }
        return slot.tid != 0;
    };
    const auto all_settled = [&] { return std::all_of(slots_, slots_ + plan_.threads, check); };
    if (!eventually(all_settled)) {
        throw std::runtime_error("the population is not built in time");
    }
    for (const auto& process : plan_.processes) {
        const pid_t leader = slots_[process.first_thread].tid;
        if ((process.ended || process.leader_ended) && !eventually([leader] { return has_ended(leader); })) {
            throw std::runtime_error("a thread does not end");
        }
        processes_.push_back(leader);
    }
}

/// Threads and children made with CLONE_IO have that of the leader who made them, whatever became of it.
void Population::note_contexts() {
    std::vector<std::size_t> of_leaders;
    for (const auto& process : plan_.processes) {
        const bool from_parent = process.parent >= 0 && process.threads[0].shares;
        of_leaders.push_back(from_parent ? of_leaders[static_cast<std::size_t>(process.parent)] : process.first_thread);
        for (std::size_t i = 0; i < process.threads.size(); ++i) {
            const auto own = process.first_thread + i;
            contexts_[slots_[own].tid] = process.threads[i].shares || i == 0 ? of_leaders.back() : own;
        }
    }
}

void Population::end() {
    close(gate_);
    waitpid(keeper_, nullptr, 0);
    munmap(slots_, plan_.threads * sizeof(Slot));
}

}  // namespace iopriority::test
