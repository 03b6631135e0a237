// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client/router.hpp"

#include "client/errors.hpp"

namespace iopriority::client {

namespace {

// A bus waits 25 s for the start of a service: then its reason comes before this ends.
constexpr auto usual_timeout = std::chrono::seconds(30);

}  // namespace

CallSettings settings_of(const CallOptions& options) {
    if (options.timeout < std::chrono::milliseconds::zero()) {
        throw InvalidArgument("timeout " + std::to_string(options.timeout.count()) +
                              " ms is negative: use 0 for the usual one, or more");
    }
    if (options.timeout > std::chrono::milliseconds::zero()) {
        // A timeout too long to count in microseconds means no timeout.
        const bool countable =
            options.timeout < std::chrono::floor<std::chrono::milliseconds>(CallSettings::without_end);
        return {options.interactive, countable ? options.timeout : CallSettings::without_end};
    }
    return {options.interactive, options.interactive ? CallSettings::without_end : usual_timeout};
}

void Router::check_open() {
    const std::lock_guard lock(mutex_);
    if (closed_) {
        throw destroyed();
    }
}

/// The direct reply; nothing if the service is to be asked. Throws if the service could do no better.
std::optional<Reply> Router::serve_directly(const CallRequest& request, Route route) {
    if (route != Route::kernel_only && (route != Route::kernel_first || !direct_ || !direct_->in_reach(request))) {
        return std::nullopt;
    }
    if (!direct_) {
        throw InvalidArgument("the kernel of this machine cannot reach the processes of another one");
    }
    auto reply = direct_->serve(request);
    if (!reply && reply.failure().code == ErrorCode::access_denied && route == Route::kernel_first) {
        return std::nullopt;
    }
    return std::move(reply).value();
}

std::shared_ptr<ServiceBackend> Router::service() {
    const std::lock_guard lock(mutex_);
    if (closed_) {
        throw destroyed();
    }
    if (!service_) {
        service_ = connect_();
    }
    return service_;
}

Reply Router::call(const CallRequest& request, const CallOptions& options) {
    const auto settings = settings_of(options);
    if (auto reply = serve_directly(request, options.route)) {
        return *std::move(reply);
    }
    const auto promise = std::make_shared<std::promise<Reply>>();
    service()->call(request, settings, keep(promise, [](const Reply& reply) { return reply; }));
    return promise->get_future().get();
}

void Router::start(const CallRequest& request, const CallOptions& options, Completion done, Deliver deliver) {
    static_cast<void>(settings_of(options));
    check_open();
    const bool accepted = worker_.post([self = shared_from_this(), request, options, done = std::move(done), deliver] {
        self->serve(request, options, done, deliver);
    });
    if (!accepted) {
        throw destroyed();
    }
}

void Router::serve(const CallRequest& request, const CallOptions& options, const Completion& done, Deliver deliver) {
    std::optional<Reply> direct;
    std::shared_ptr<ServiceBackend> way;
    try {
        check_open();
        direct = serve_directly(request, options.route);
        way = direct ? nullptr : service();
    } catch (...) {
        return done({}, std::current_exception());
    }
    if (direct) {
        return done(*direct, nullptr);
    }
    if (deliver == Deliver::anywhere) {
        return way->call(request, settings_of(options), done);
    }
    // The backend's thread destroys copies of its completion, but nothing that the caller has captured: that may be the
    // Client, whose end waits for that thread.
    auto held = std::make_shared<Completion>(done);
    way->call(request, settings_of(options),
              [self = shared_from_this(), held](const Reply& reply, const std::exception_ptr& error) {
                  // The worker ends after the backend, so it takes this one.
                  static_cast<void>(
                      self->worker_.post([done = std::exchange(*held, nullptr), reply, error] { done(reply, error); }));
              });
}

void Router::close() {
    std::shared_ptr<ServiceBackend> service;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        service = std::move(service_);
    }
    if (service) {
        service->close();
    }
    worker_.finish();
}

}  // namespace iopriority::client
