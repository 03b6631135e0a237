// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The requests under way: keeps them alive, ends them when their caller disconnects, counts them for the idle exit.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "values/expected.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::service {

/// One call, until its reply.
class Request : public Interface {
 public:
    [[nodiscard]] virtual const std::string& bus_name() const = 0;
    /// Gives up what has not begun to change anything: the caller has disconnected, or the service is stopping.
    virtual void give_up(const Failure& why) = 0;

 private:
    friend class Requests;
    std::optional<std::list<std::shared_ptr<Request>>::iterator> place_;  ///< among all, while it is under way
};

class Requests {
 public:
    /// @param changed is called whenever the number of requests has changed.
    explicit Requests(std::function<void()> changed) : changed_(std::move(changed)) {}

    /// @return false after drop_all(): it must not begin.
    bool add(std::shared_ptr<Request> request);
    void remove(Request& request);
    [[nodiscard]] std::size_t count() const noexcept { return all_.size(); }

    void caller_left(const std::string& bus_name);
    void give_up_all(const Failure& why);
    /// Drops all, which answers each with an error: none of them does anything afterwards, nor does one that comes
    /// later.
    void drop_all();

 private:
    std::function<void()> changed_;
    std::list<std::shared_ptr<Request>> all_;
    bool closed_ = false;
};

}  // namespace iopriority::service
