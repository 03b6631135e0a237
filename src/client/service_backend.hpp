// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The service as the router sees it, with no D-Bus in the interface. What implements it is created only when a call
/// needs it, so a program that never does pays nothing for it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "client/request.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::client {

struct CallSettings {
    static constexpr auto without_end = std::chrono::microseconds::max();

    bool interactive = false;  ///< polkit may ask a person
    std::chrono::microseconds timeout = without_end;
};

class ServiceBackend : public Interface {
 public:
    /// Sends a request. The completion runs on a thread of this one's own, or at once if it is closed; it must
    /// neither block nor throw. From any thread.
    virtual void call(const CallRequest& request, const CallSettings& settings, Completion completion) = 0;

    /// Ends the calls under way with Unavailable, and its thread. Later calls get Unavailable as well. Not to be called
    /// by a completion.
    virtual void close() = 0;
};

using Connect = std::function<std::shared_ptr<ServiceBackend>()>;

}  // namespace iopriority::client
