// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A kernel and a bus that record what they are asked, and answer what the test says.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "client/errors.hpp"
#include "client/router.hpp"

namespace iopriority::client::test {

inline bool same(const CallRequest& a, const CallRequest& b) {
    return a.what == b.what && a.target.id() == b.target.id() && a.target.kind() == b.target.kind() &&
           a.priority == b.priority;
}

class FakeKernel final : public DirectBackend {
 public:
    bool in_reach(const CallRequest& request) const override {
        static_cast<void>(request);
        return reach;
    }
    Expected<Reply> serve(const CallRequest& request) override {
        const std::lock_guard lock(mutex_);
        served_.push_back(request);
        return answer;
    }
    std::vector<CallRequest> served() {
        const std::lock_guard lock(mutex_);
        return served_;
    }

    bool reach = true;
    Expected<Reply> answer = Reply{.changed = {1, 4, false}, .details = {.set = Priority::idle()}};

 private:
    std::mutex mutex_;
    std::vector<CallRequest> served_;
};

class FakeBus final : public ServiceBackend {
 public:
    struct Call {
        CallRequest request;
        CallSettings settings;
        Completion done;
    };

    void call(const CallRequest& request, const CallSettings& settings, Completion done) override {
        {
            const std::lock_guard lock(mutex_);
            if (!closed_) {
                calls_.push_back({request, settings, std::move(done)});
                changed_.notify_all();
                return;
            }
        }
        done({}, std::make_exception_ptr(destroyed()));
    }

    void close() override {
        for (auto& call : take_all()) {
            call.done({}, std::make_exception_ptr(destroyed()));
        }
    }

    /// Waits for the next call. The test completes it.
    Call next() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !calls_.empty(); });
        auto call = std::move(calls_.front());
        calls_.pop_front();
        return call;
    }
    /// Waits until a call is under way, and leaves it so.
    void wait_for_call() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !calls_.empty(); });
    }
    bool closed() {
        const std::lock_guard lock(mutex_);
        return closed_;
    }

 private:
    std::deque<Call> take_all() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        return std::exchange(calls_, {});
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Call> calls_;
    bool closed_ = false;
};

/// A router with both.
struct Bench {
    FakeKernel& kernel;
    std::shared_ptr<FakeBus> bus = std::make_shared<FakeBus>();
    std::shared_ptr<int> connections = std::make_shared<int>(0);
    std::shared_ptr<Router> router;

    Bench() : Bench(std::make_unique<FakeKernel>()) {}
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;
    Bench(Bench&&) = delete;
    Bench& operator=(Bench&&) = delete;
    ~Bench() { router->close(); }

    void kernel_says(ErrorCode code, const std::string& message = "no") { kernel.answer = Failure{code, message}; }

    /// Answers the next call that comes to the bus, from a thread of its own, as the bus does.
    std::future<CallSettings> answer_next(const Reply& answer, std::exception_ptr error = nullptr) {
        return std::async(std::launch::async, [bus = bus, answer, error] {
            const auto call = bus->next();
            call.done(answer, error);
            return call.settings;
        });
    }

 private:
    explicit Bench(std::unique_ptr<FakeKernel> fake) : kernel(*fake) {
        router = std::make_shared<Router>(std::move(fake), [bus = bus, connections = connections] {
            ++*connections;
            return bus;
        });
    }
};

inline const CallRequest set_1234{What::set, Target::process(1234), Priority::idle()};
inline const Reply by_service{.changed = {1, 7, true}, .details = {.set = Priority::best_effort(2)}};

/// The error's code, or a test failure.
template <typename F>
ErrorCode code_of(F&& call) {
    try {
        static_cast<void>(call());
    } catch (const Error& error) {
        return error.code();
    }
    throw std::logic_error("no error");
}

inline ErrorCode code_in(const std::exception_ptr& error) {
    return code_of([&]() -> int { std::rethrow_exception(error); });
}

}  // namespace iopriority::client::test
