// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The requests under way: kept alive, ended with their callers, counted for idleness, limited while they wait.
#pragma once

#include <sys/types.h>

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "values/expected.hpp"

namespace iopriority::service {

/// One call on its way to its answer.
class Request {
 public:
    Request() = default;
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;
    Request(Request&&) = delete;
    Request& operator=(Request&&) = delete;
    virtual ~Request() = default;

    [[nodiscard]] virtual const std::string& bus_name() const = 0;
    /// Gives up what has not begun to change anything: the caller has left, or the service is to end.
    virtual void give_up(const Failure& why) = 0;
};

class Requests {
 public:
    /// How many may wait for an authorization at once: of one user, and in all. Others are served meanwhile.
    static constexpr unsigned most_waiting_of_a_user = 8;
    static constexpr unsigned most_waiting = 64;

    /// How many wait. Places share it: an authority may keep them for longer than this.
    struct Waiting {
        std::map<uid_t, unsigned> of_user;
        unsigned in_all = 0;
    };

    /// One place among those that wait. Destroying it gives it back.
    class [[nodiscard]] Place {
     public:
        Place(std::shared_ptr<Waiting> waiting, uid_t uid);
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        Place(Place&&) = delete;
        Place& operator=(Place&&) = delete;
        ~Place();

     private:
        std::shared_ptr<Waiting> waiting_;
        uid_t uid_;
    };

    /// @param changed is called whenever the number of requests has changed.
    explicit Requests(std::function<void()> changed) : changed_(std::move(changed)) {}

    void add(std::shared_ptr<Request> request);
    void remove(const Request& request);
    [[nodiscard]] std::size_t count() const noexcept { return all_.size(); }

    /// limits_exceeded if there is none left for this user.
    Expected<std::unique_ptr<Place>> place(uid_t uid);

    void caller_left(const std::string& bus_name);
    void give_up_all(const Failure& why);

 private:
    std::function<void()> changed_;
    std::shared_ptr<Waiting> waiting_ = std::make_shared<Waiting>();
    std::list<std::shared_ptr<Request>> all_;
};

}  // namespace iopriority::service
