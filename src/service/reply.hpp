// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The way back to a caller.
#pragma once

#include <functional>
#include <utility>

#include "values/expected.hpp"

namespace iopriority::service {

/// Sends exactly one reply: the one given, or an error if it is destroyed without one. Every request gets a reply.
template <typename T>
class Reply {
 public:
    explicit Reply(std::function<void(const Expected<T>&)> send) : send_(std::move(send)) {}
    Reply(const Reply&) = delete;
    Reply& operator=(const Reply&) = delete;
    Reply(Reply&& other) noexcept : send_(std::exchange(other.send_, nullptr)) {}
    Reply& operator=(Reply&&) = delete;
    ~Reply() {
        if (send_) {
            send(Failure{ErrorCode::failed, "the service could not finish the request: call again"});
        }
    }

    void send(const Expected<T>& result) noexcept {
        const auto function = std::exchange(send_, nullptr);
        if (!function) {
            return;
        }
        try {
            function(result);
        } catch (...) {
            // The caller or the bus is gone: there is nobody to reply to.
        }
    }

 private:
    std::function<void(const Expected<T>&)> send_;
};

}  // namespace iopriority::service
