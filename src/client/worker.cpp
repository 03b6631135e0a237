// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client/worker.hpp"

#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <system_error>
#include <utility>

#include <iopriority/error.hpp>

#include "client/errors.hpp"
#include "values/blocked_signals.hpp"

namespace iopriority::client {

std::thread start_thread(std::function<void()> body) {
    const BlockedSignals blocked(all_signals());  // a new thread has the mask of the one that starts it
    try {
        return std::thread(std::move(body));
    } catch (const std::system_error& error) {
        throw Unavailable(ErrorCode::service_unavailable, std::string("cannot start a thread: ") + error.what());
    }
}

struct Worker::State {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::function<void()>> jobs;
    bool finishing = false;
    bool ended = false;
};

Worker::Worker() : state_(std::make_shared<State>()) {}

bool Worker::post(std::function<void()> job) {
    if (const pid_t starter = starter_; starter != 0 && starter != ::getpid()) {
        throw of_a_parent(starter);  // before a lock, which another thread may have had at the fork
    }
    const std::lock_guard thread_lock(thread_mutex_);
    {
        const std::lock_guard lock(state_->mutex);
        if (state_->ended) {
            return false;
        }
        state_->jobs.push_back(std::move(job));
    }
    state_->changed.notify_one();
    if (starter_ == 0) {
        try {
            thread_ = start_thread([state = state_] { run(state); });
            starter_ = ::getpid();
        } catch (...) {
            const std::lock_guard lock(state_->mutex);
            state_->jobs.pop_back();
            throw;
        }
    }
    return true;
}

void Worker::finish() {
    if (const pid_t starter = starter_; starter != 0 && starter != ::getpid()) {  // as in post()
        return thread_.joinable() ? thread_.detach() : void();
    }
    std::thread thread;
    {
        const std::lock_guard thread_lock(thread_mutex_);
        const std::lock_guard lock(state_->mutex);
        state_->finishing = true;
        thread = std::move(thread_);
        state_->ended = state_->ended || !thread.joinable();
    }
    state_->changed.notify_one();
    if (!thread.joinable()) {
        return;
    }
    if (thread.get_id() == std::this_thread::get_id()) {
        thread.detach();
    } else {
        thread.join();
    }
}

void Worker::run(const std::shared_ptr<State>& state) {
    std::unique_lock lock(state->mutex);
    while (true) {
        state->changed.wait(lock, [&] { return state->finishing || !state->jobs.empty(); });
        if (state->jobs.empty()) {
            state->ended = true;
            return;
        }
        auto job = std::move(state->jobs.front());
        state->jobs.pop_front();
        lock.unlock();
        try {
            job();
        } catch (...) {  // NOLINT(bugprone-empty-catch): a callback's own; nobody is there to be told
        }
        job = nullptr;  // what it holds may be the last of the client: not under the lock
        lock.lock();
    }
}

}  // namespace iopriority::client
