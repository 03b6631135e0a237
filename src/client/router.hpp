// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Decides who serves a call: the calling process itself, or the service.
#pragma once

#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "client/direct.hpp"
#include "client/request.hpp"
#include "client/service_backend.hpp"
#include "client/worker.hpp"

namespace iopriority::client {

/// Shared by the Client and by what is under way, so that a Client may be destroyed by one of its own callbacks.
class Router : public std::enable_shared_from_this<Router> {
 public:
    /// @param direct null where the processes are another machine's
    Router(std::unique_ptr<DirectBackend> direct, Connect connect)
        : direct_(std::move(direct)), connect_(std::move(connect)) {}

    /// Serves a call in the calling thread, waiting for the service if it must.
    [[nodiscard]] Reply call(const CallRequest& request, const CallOptions& options);

    /// Serves a call on the worker. `done` is called there, or (`anywhere`) on the thread where the reply arrives.
    /// @throws Unavailable once closing has begun: `done` will not be called.
    enum class Deliver : bool { on_worker, anywhere };
    void start(const CallRequest& request, const CallOptions& options, Completion done, Deliver deliver);

    /// Ends what is under way with Unavailable, and the threads.
    void close();

 private:
    void check_open();
    [[nodiscard]] std::optional<Reply> serve_directly(const CallRequest& request, Route route);
    [[nodiscard]] std::shared_ptr<ServiceBackend> service();
    void serve(const CallRequest& request, const CallOptions& options, const Completion& done, Deliver deliver);

    const std::unique_ptr<DirectBackend> direct_;
    const Connect connect_;
    std::mutex mutex_;
    bool closed_ = false;
    std::shared_ptr<ServiceBackend> service_;
    Worker worker_;
};

/// Keeps a promise with what a reply has.
/// @param promise shared: the one who waits may be back, and gone, before set_value has returned
template <typename T, typename Part>
[[nodiscard]] Completion keep(std::shared_ptr<std::promise<T>> promise, Part part_of) {
    return [promise = std::move(promise), part_of](const Reply& reply, const std::exception_ptr& error) {
        if (error) {
            promise->set_exception(error);
        } else {
            promise->set_value(part_of(reply));
        }
    };
}

/// The settings of a call to the service.
/// @throws InvalidArgument if the timeout is negative.
[[nodiscard]] CallSettings settings_of(const CallOptions& options);

}  // namespace iopriority::client
