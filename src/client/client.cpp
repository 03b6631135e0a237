// SPDX-License-Identifier: LGPL-2.1-or-later
#include <iopriority/client.hpp>

#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

#include "client/router.hpp"

namespace iopriority {

using client::Answer;
using client::Request;
using client::Router;
using client::What;

// Hidden: nothing of it is for users of the library.
class __attribute__((visibility("hidden"))) Client::Impl : public Router {
 public:
    using Router::Router;
};

namespace {

std::uint32_t checked(pid_t pid) {
    if (pid < 0) {
        throw InvalidArgument("pid " + std::to_string(pid) + " is negative: pass a process id, or 0 for the caller");
    }
    return static_cast<std::uint32_t>(pid);
}

std::uint32_t checked_uid(uid_t uid) {
    if (uid == std::numeric_limits<uid_t>::max()) {
        throw InvalidArgument("uid " + std::to_string(uid) + " is the kernel's \"no user\": pass a user's id");
    }
    return uid;
}

Request set_process_request(pid_t pid, Priority priority) {
    return {What::set_process, checked(pid), priority};
}

Request set_user_request(uid_t uid, Priority priority) {
    return {What::set_user, checked_uid(uid), priority};
}

Request get_request(pid_t pid) {
    return {What::get, checked(pid), {}};
}

/// The part of an answer that a caller asked for.
template <typename T>
T part_of(const Answer& answer) {
    if constexpr (std::is_same_v<T, Changed>) {
        return answer.changed;
    } else {
        return answer.priority;
    }
}

template <typename T>
void start(Router& router, const Request& request, const CallOptions& options, Callback<T> callback) {
    if (!callback) {
        throw InvalidArgument("the callback is empty: pass a function");
    }
    router.start(
        request, options,
        [callback = std::move(callback)](const Answer& answer, const std::exception_ptr& error) {
            callback(part_of<T>(answer), error);
        },
        Router::Deliver::on_worker);
}

template <typename T>
std::future<T> start_future(Router& router, const Request& request, const CallOptions& options) {
    const auto promise = std::make_shared<std::promise<T>>();
    router.start(
        request, options,
        [promise](const Answer& answer, const std::exception_ptr& error) {
            if (error) {
                promise->set_exception(error);
            } else {
                promise->set_value(part_of<T>(answer));
            }
        },
        Router::Deliver::anywhere);
    return promise->get_future();
}

}  // namespace

Client::Client() : impl_(std::make_shared<Impl>(client::unaided(), client::system_bus)) {}

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
    return std::shared_ptr(impl_)->call(set_process_request(pid, priority), options).changed;
}

void Client::set_process(pid_t pid, Priority priority, const CallOptions& options, Callback<Changed> callback) {
    start(*impl_, set_process_request(pid, priority), options, std::move(callback));
}

std::future<Changed> Client::set_process_async(pid_t pid, Priority priority, const CallOptions& options) {
    return start_future<Changed>(*impl_, set_process_request(pid, priority), options);
}

Changed Client::set_user(uid_t uid, Priority priority, const CallOptions& options) {
    return std::shared_ptr(impl_)->call(set_user_request(uid, priority), options).changed;
}

void Client::set_user(uid_t uid, Priority priority, const CallOptions& options, Callback<Changed> callback) {
    start(*impl_, set_user_request(uid, priority), options, std::move(callback));
}

std::future<Changed> Client::set_user_async(uid_t uid, Priority priority, const CallOptions& options) {
    return start_future<Changed>(*impl_, set_user_request(uid, priority), options);
}

Priority Client::get(pid_t pid, const CallOptions& options) {
    return std::shared_ptr(impl_)->call(get_request(pid), options).priority;
}

void Client::get(pid_t pid, const CallOptions& options, Callback<Priority> callback) {
    start(*impl_, get_request(pid), options, std::move(callback));
}

std::future<Priority> Client::get_async(pid_t pid, const CallOptions& options) {
    return start_future<Priority>(*impl_, get_request(pid), options);
}

}  // namespace iopriority
