// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/requests.hpp"

#include <algorithm>
#include <utility>

namespace iopriority::service {

Requests::Place::Place(std::shared_ptr<Waiting> waiting, uid_t uid) : waiting_(std::move(waiting)), uid_(uid) {
    ++waiting_->of_user[uid_];
    ++waiting_->in_all;
}

Requests::Place::~Place() {
    --waiting_->in_all;
    const auto mine = waiting_->of_user.find(uid_);
    if (--mine->second == 0) {
        waiting_->of_user.erase(mine);
    }
}

void Requests::add(std::shared_ptr<Request> request) {
    all_.push_back(std::move(request));
    changed_();
}

void Requests::remove(const Request& request) {
    const auto found = std::find_if(all_.begin(), all_.end(), [&](const auto& each) { return each.get() == &request; });
    if (found == all_.end()) {
        return;
    }
    const auto kept = std::move(*found);  // its destruction may come back here
    all_.erase(found);
    changed_();
}

Expected<std::unique_ptr<Requests::Place>> Requests::place(uid_t uid) {
    const auto mine = waiting_->of_user.find(uid);
    if (mine != waiting_->of_user.end() && mine->second >= most_waiting_of_a_user) {
        return Failure{ErrorCode::limits_exceeded,
                       std::to_string(mine->second) + " requests of user " + std::to_string(uid) +
                           " wait for authorization already: answer or close a dialog first"};
    }
    if (waiting_->in_all >= most_waiting) {
        return Failure{ErrorCode::limits_exceeded,
                       std::to_string(waiting_->in_all) + " requests wait for authorization already: try again later"};
    }
    return std::make_unique<Place>(waiting_, uid);
}

void Requests::caller_left(const std::string& bus_name) {
    const Failure why{ErrorCode::failed, "the caller has left the bus"};
    const auto all = all_;  // giving up removes
    for (const auto& request : all) {
        if (request->bus_name() == bus_name) {
            request->give_up(why);
        }
    }
}

void Requests::give_up_all(const Failure& why) {
    const auto all = all_;
    for (const auto& request : all) {
        request->give_up(why);
    }
}

}  // namespace iopriority::service
