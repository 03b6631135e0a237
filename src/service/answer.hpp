// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The way back to a caller.
#pragma once

#include <functional>
#include <utility>

#include "values/expected.hpp"

namespace iopriority::service {

/// Sends exactly one answer: the one given, or an error if it is destroyed without. No request is left unanswered.
template <typename T>
class Answer {
 public:
    explicit Answer(std::function<void(const Expected<T>&)> send) : send_(std::move(send)) {}
    Answer(const Answer&) = delete;
    Answer& operator=(const Answer&) = delete;
    Answer(Answer&& other) noexcept : send_(std::exchange(other.send_, nullptr)) {}
    Answer& operator=(Answer&&) = delete;
    ~Answer() {
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
            // The caller or the bus is gone: there is nobody to tell.
        }
    }

 private:
    std::function<void(const Expected<T>&)> send_;
};

}  // namespace iopriority::service
