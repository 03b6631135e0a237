// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/requests.hpp"

#include <algorithm>
#include <utility>

namespace iopriority::service {

void Requests::add(std::shared_ptr<Request> request) {
    all_.push_back(std::move(request));
    changed_();
}

void Requests::remove(const Request& request) {
    const auto found = std::find_if(all_.begin(), all_.end(), [&](const auto& each) { return each.get() == &request; });
    if (found == all_.end()) {
        return;
    }
    const auto kept = std::move(*found);  // its destructor may call back into this
    all_.erase(found);
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
    const auto dropped = std::exchange(all_, {});
}

}  // namespace iopriority::service
