// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include <iopriority/client.hpp>

#include <type_traits>
#include <utility>

#include "client/bus_module.hpp"
#include "client/router.hpp"
#include "values/text.hpp"

namespace iopriority {

using client::CallRequest;
using client::Reply;
using client::Router;
using client::What;

// Hidden: nothing of it is for users of the library.
class __attribute__((visibility("hidden"))) Client::Impl : public Router {
 public:
    using Router::Router;
};

namespace {

CallRequest describe_request(const Target& target) {
    if (target.keeps_explicit()) {
        throw InvalidArgument("a description has all threads: describe a target without keeping_explicit()");
    }
    return {What::describe, target};
}

/// The part of a reply that a caller asked for.
template <typename T>
T part_of(const Reply& reply) {
    if constexpr (std::is_same_v<T, Changed>) {
        return reply.changed;
    } else if constexpr (std::is_same_v<T, Details>) {
        return reply.details;
    } else if constexpr (std::is_same_v<T, Hold>) {
        auto changed = reply.changed;
        return reply.hold ? Hold(reply.hold->release(), std::move(changed)) : Hold();
    } else if constexpr (std::is_same_v<T, std::vector<Device>>) {
        return reply.devices;
    } else {
        return reply.details.set;
    }
}

template <typename T>
T call(const std::shared_ptr<Router>& of_client, const CallRequest& request, const CallOptions& options) {
    // The client may be destroyed meanwhile, by one of its callbacks: this keeps the router.
    const auto router = of_client;  // NOLINT(performance-unnecessary-copy-initialization)
    return part_of<T>(router->call(request, options));
}

template <typename T>
void start(Router& router, const CallRequest& request, const CallOptions& options, Callback<T> callback) {
    if (!callback) {
        throw InvalidArgument("the callback is empty: pass a function");
    }
    router.start(
        request, options,
        [callback = std::move(callback)](const Reply& reply, const std::exception_ptr& error) {
            callback(part_of<T>(reply), error);
        },
        Router::Deliver::on_worker);
}

template <typename T>
std::future<T> start_future(Router& router, const CallRequest& request, const CallOptions& options) {
    const auto promise = std::make_shared<std::promise<T>>();
    router.start(request, options, keep(promise, part_of<T>), Router::Deliver::anywhere);
    return promise->get_future();
}

}  // namespace

Client::Client() : impl_(std::make_shared<Impl>(client::direct_backend(), [] { return client::service_backend(); })) {}

Client::Client(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}

Client Client::on_host(const std::string& host) {
    if (host.empty() || host.front() == '-') {
        throw InvalidArgument("host \"" + values::sanitised(host) + "\" is not valid: use HOST or USER@HOST");
    }
    return Client(std::make_shared<Impl>(nullptr, [host] { return client::service_backend(host); }));
}

Client::Client(Client&&) noexcept = default;

Client& Client::operator=(Client&& other) noexcept {
    if (this != &other) {
        if (const auto before = std::exchange(impl_, std::move(other.impl_))) {
            before->close();
        }
    }
    return *this;
}

Client::~Client() {
    if (impl_) {
        impl_->close();
    }
}

Changed Client::set_process(pid_t pid, Priority priority, const CallOptions& options) {
    return set(Target::process(pid), priority, options);
}

void Client::set_process(pid_t pid, Priority priority, const CallOptions& options, Callback<Changed> callback) {
    set(Target::process(pid), priority, options, std::move(callback));
}

std::future<Changed> Client::set_process_async(pid_t pid, Priority priority, const CallOptions& options) {
    return set_async(Target::process(pid), priority, options);
}

Changed Client::set_user(uid_t uid, Priority priority, const CallOptions& options) {
    return set(Target::user(uid), priority, options);
}

void Client::set_user(uid_t uid, Priority priority, const CallOptions& options, Callback<Changed> callback) {
    set(Target::user(uid), priority, options, std::move(callback));
}

std::future<Changed> Client::set_user_async(uid_t uid, Priority priority, const CallOptions& options) {
    return set_async(Target::user(uid), priority, options);
}

Changed Client::set(const Target& target, Priority priority, const CallOptions& options) {
    return call<Changed>(impl_, {What::set, target, priority}, options);
}

void Client::set(const Target& target, Priority priority, const CallOptions& options, Callback<Changed> callback) {
    start(*impl_, {What::set, target, priority}, options, std::move(callback));
}

std::future<Changed> Client::set_async(const Target& target, Priority priority, const CallOptions& options) {
    return start_future<Changed>(*impl_, {What::set, target, priority}, options);
}

Priority Client::get(pid_t pid, const CallOptions& options) {
    return call<Priority>(impl_, {What::get, Target::process(pid)}, options);
}

void Client::get(pid_t pid, const CallOptions& options, Callback<Priority> callback) {
    start(*impl_, {What::get, Target::process(pid)}, options, std::move(callback));
}

std::future<Priority> Client::get_async(pid_t pid, const CallOptions& options) {
    return start_future<Priority>(*impl_, {What::get, Target::process(pid)}, options);
}

Details Client::describe(const Target& target, const CallOptions& options) {
    return call<Details>(impl_, describe_request(target), options);
}

void Client::describe(const Target& target, const CallOptions& options, Callback<Details> callback) {
    start(*impl_, describe_request(target), options, std::move(callback));
}

std::future<Details> Client::describe_async(const Target& target, const CallOptions& options) {
    return start_future<Details>(*impl_, describe_request(target), options);
}

Hold Client::hold(const Target& target, Priority priority, const CallOptions& options) {
    return call<Hold>(impl_, {What::hold, target, priority}, options);
}

void Client::hold(const Target& target, Priority priority, const CallOptions& options, Callback<Hold> callback) {
    start(*impl_, {What::hold, target, priority}, options, std::move(callback));
}

std::future<Hold> Client::hold_async(const Target& target, Priority priority, const CallOptions& options) {
    return start_future<Hold>(*impl_, {What::hold, target, priority}, options);
}

std::vector<Device> Client::devices(const CallOptions& options) {
    return call<std::vector<Device>>(impl_, {What::devices}, options);
}

void Client::devices(const CallOptions& options, Callback<std::vector<Device>> callback) {
    start(*impl_, {What::devices}, options, std::move(callback));
}

std::future<std::vector<Device>> Client::devices_async(const CallOptions& options) {
    return start_future<std::vector<Device>>(*impl_, {What::devices}, options);
}

}  // namespace iopriority
