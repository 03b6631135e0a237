// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/closer.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <future>
#include <iterator>
#include <mutex>
#include <utility>

#include "service/helper_thread.hpp"

namespace iopriority::service {

namespace {

using Descriptors = std::vector<process::UniqueFd>;

// After this delay the bus has closed its own copies, so it is not the last either; later arrivals join the batch.
constexpr auto courtesy = std::chrono::milliseconds(20);

// Of its own copies of all descriptors of the program, a thread keeps only these: a hold, for example, must end when
// its holder closes it, even while this thread is stuck.
void close_all_but(const std::vector<int>& sorted) {
    unsigned first = 0;
    for (const int kept : sorted) {
        if (const auto number = static_cast<unsigned>(kept); number > first) {
            static_cast<void>(::close_range(first, number - 1, 0));
        }
        first = static_cast<unsigned>(kept) + 1;
    }
    static_cast<void>(::close_range(first, ~0U, 0));
}

struct Handshake {
    std::promise<void> copied;
    std::promise<void> closed;
};

// The last copies are in the descriptor table of a thread that exits, where the kernel does not linger.
void close_for_good(Descriptors descriptors) {
    std::vector<int> numbers;
    for (const auto& each : descriptors) {
        numbers.push_back(each.get());
    }
    std::sort(numbers.begin(), numbers.end());
    const auto hands = std::make_shared<Handshake>();
    const bool started = start_helper([hands, numbers = std::move(numbers)] {
        if (::unshare(CLONE_FILES) == 0) {
            close_all_but(numbers);
        }
        hands->copied.set_value();
        hands->closed.get_future().wait();
    });
    if (started) {
        hands->copied.get_future().wait();
    }
    descriptors.clear();
    hands->closed.set_value();
}

}  // namespace

struct Closer::Shared {
    std::mutex mutex;
    std::condition_variable changed;
    Descriptors waiting;
    unsigned helpers = 0;
    unsigned idle = 0;
    bool ended = false;

    Descriptors next() {
        std::unique_lock lock(mutex);
        ++idle;
        changed.wait(lock, [this] { return ended || !waiting.empty(); });
        changed.wait_for(lock, courtesy, [this] { return ended || waiting.size() > most_waiting / 4; });
        --idle;
        return std::exchange(waiting, {});
    }

    void work() {
        for (Descriptors descriptors = next(); !descriptors.empty(); descriptors = next()) {
            close_for_good(std::move(descriptors));
        }
    }
};

Closer::Closer() : shared_(std::make_shared<Shared>()) {}

Closer::~Closer() {
    const std::scoped_lock lock(shared_->mutex);
    shared_->ended = true;
    shared_->changed.notify_all();
}

void Closer::close(Descriptors descriptors) noexcept try {
    if (descriptors.empty()) {
        return;
    }
    const std::scoped_lock lock(shared_->mutex);
    auto& waiting = shared_->waiting;
    if (shared_->idle == 0 && shared_->helpers < most_helpers) {
        shared_->helpers += start_helper([shared = shared_] { shared->work(); }) ? 1U : 0U;
    }
    if (shared_->helpers > 0 && waiting.size() + descriptors.size() <= most_waiting) {
        waiting.insert(waiting.end(), std::make_move_iterator(descriptors.begin()),
                       std::make_move_iterator(descriptors.end()));
    }
    shared_->changed.notify_one();
} catch (...) {
    // Out of memory: they are closed here.
}

}  // namespace iopriority::service
