// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/requests.hpp"

#include <iterator>
#include <utility>

namespace iopriority::service {

bool Requests::add(std::shared_ptr<Request> request) {
    if (closed_) {
        return false;
    }
    all_.push_back(std::move(request));
    all_.back()->place_ = std::prev(all_.end());
    changed_();
    return true;
}

// Searches and allocates nothing: thousands may end one after the other, some for want of memory.
void Requests::remove(Request& request) {
    const auto place = std::exchange(request.place_, std::nullopt);
    if (!place) {
        return;
    }
    const auto kept = std::move(**place);  // its destructor may call back into this
    all_.erase(*place);
    changed_();
}

void Requests::caller_left(const std::string& bus_name) {
    const Failure why{ErrorCode::failed, "the caller has disconnected from the bus"};
    const auto all = all_;  // a copy, since giving up removes requests
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

void Requests::drop_all() {
    closed_ = true;
    const auto dropped = std::exchange(all_, {});
    for (const auto& request : dropped) {
        request->place_.reset();
    }
}

}  // namespace iopriority::service
