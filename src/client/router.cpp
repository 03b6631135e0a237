// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client/router.hpp"

#include <future>
#include <utility>

#include "client/errors.hpp"

namespace iopriority::client {

namespace {

constexpr auto usual_timeout = std::chrono::seconds(25);  // D-Bus's own

/// The kernel refused, and the service may be asked instead.
bool may_ask_service(const Failure& failure, Route route) {
    return failure.code == ErrorCode::access_denied && route == Route::kernel_first;
}

}  // namespace

CallSettings settings_of(const CallOptions& options) {
    if (options.timeout < std::chrono::milliseconds::zero()) {
        throw InvalidArgument("timeout " + std::to_string(options.timeout.count()) +
                              " ms is negative: use 0 for the usual one, or more");
    }
    if (options.timeout > std::chrono::milliseconds::zero()) {
        // So long that it cannot be counted in microseconds is without end.
        const bool countable =
            options.timeout < std::chrono::floor<std::chrono::milliseconds>(CallSettings::without_end);
        return {options.interactive, countable ? options.timeout : CallSettings::without_end};
    }
    return {options.interactive, options.interactive ? CallSettings::without_end : usual_timeout};
}

Router::Router(std::unique_ptr<Unaided> unaided, Connect connect)
    : unaided_(std::move(unaided)), connect_(std::move(connect)) {}

bool Router::tries_unaided(const Request& request, Route route) const {
    return route == Route::kernel_only || (route == Route::kernel_first && unaided_->in_reach(request));
}

std::shared_ptr<Bus> Router::bus() {
    const std::lock_guard lock(mutex_);
    if (closed_) {
        throw destroyed();
    }
    if (!bus_) {
        bus_ = connect_();
    }
    return bus_;
}

Answer Router::call(const Request& request, const CallOptions& options) {
    const auto settings = settings_of(options);
    if (tries_unaided(request, options.route)) {
        const auto answer = unaided_->serve(request);
        if (answer) {
            return *answer;
        }
        if (!may_ask_service(answer.failure(), options.route)) {
            throw_failure(answer.failure());
        }
    }
    // Shared: the one who waits may be back, and gone, before set_value has returned.
    const auto promise = std::make_shared<std::promise<Answer>>();
    bus()->call(request, settings, [promise](const Answer& answer, const std::exception_ptr& error) {
        if (error) {
            promise->set_exception(error);
        } else {
            promise->set_value(answer);
        }
    });
    return promise->get_future().get();
}

void Router::start(const Request& request, const CallOptions& options, Completion done, Deliver deliver) {
    static_cast<void>(settings_of(options));
    {
        const std::lock_guard lock(mutex_);
        if (closed_) {
            throw destroyed();
        }
    }
    const bool accepted = worker_.post([self = shared_from_this(), request, options, done = std::move(done), deliver] {
        self->serve(request, options, done, deliver);
    });
    if (!accepted) {
        throw destroyed();
    }
}

void Router::serve(const Request& request, const CallOptions& options, const Completion& done, Deliver deliver) {
    const bool closed = [this] {
        const std::lock_guard lock(mutex_);
        return closed_;
    }();
    if (closed) {
        return done({}, std::make_exception_ptr(destroyed()));
    }
    if (tries_unaided(request, options.route)) {
        const auto answer = unaided_->serve(request);
        if (answer) {
            return done(*answer, nullptr);
        }
        if (!may_ask_service(answer.failure(), options.route)) {
            return done({}, error_of(answer.failure()));
        }
    }
    ask_service(request, options, done, deliver);
}

void Router::ask_service(const Request& request, const CallOptions& options, const Completion& done, Deliver deliver) {
    std::shared_ptr<Bus> way;
    try {
        way = bus();
    } catch (...) {
        return done({}, std::current_exception());
    }
    if (deliver == Deliver::anywhere) {
        return way->call(request, settings_of(options), done);
    }
    way->call(request, settings_of(options),
              [self = shared_from_this(), done](const Answer& answer, const std::exception_ptr& error) {
                  // The worker ends after the bus, so it takes this one.
                  static_cast<void>(self->worker_.post([done, answer, error] { done(answer, error); }));
              });
}

void Router::close() {
    std::shared_ptr<Bus> bus;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        bus = std::move(bus_);
    }
    if (bus) {
        bus->close();
    }
    worker_.finish();
}

}  // namespace iopriority::client
