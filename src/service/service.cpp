// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/service.hpp"

#include <memory>
#include <utility>

#include "service/change.hpp"
#include "service/reading.hpp"
#include "values/values.hpp"

namespace iopriority::service {

void Service::set_process(Call call, std::uint32_t pid, const std::string& io_class, std::uint32_t level,
                          Answer<targets::Outcome> answer) {
    const auto wanted = values::from_bus(io_class, level);
    if (!wanted) {
        answer.send(wanted.failure());
        return;
    }
    const auto number = checked_pid(pid);
    if (!number) {
        answer.send(number.failure());
        return;
    }
    auto pin = [number = *number](const Caller& caller) -> targets::PinnedTarget {
        const auto resolved = resolved_pid(number, caller);
        return resolved ? targets::pin_process(*resolved) : targets::PinnedTarget(resolved.failure());
    };
    std::make_shared<Change>(parts_, std::move(call), *wanted, std::move(pin), std::move(answer))->start();
}

void Service::set_user(Call call, std::uint32_t uid, const std::string& io_class, std::uint32_t level,
                       Answer<targets::Outcome> answer) {
    const auto wanted = values::from_bus(io_class, level);
    if (!wanted) {
        answer.send(wanted.failure());
        return;
    }
    const auto user = checked_uid(uid);
    if (!user) {
        answer.send(user.failure());
        return;
    }
    auto pin = [user = *user](const Caller& /*caller*/) { return targets::PinnedTarget(targets::user_target(user)); };
    std::make_shared<Change>(parts_, std::move(call), *wanted, std::move(pin), std::move(answer))->start();
}

void Service::get(Call call, std::uint32_t pid, Answer<Priority> answer) {
    const auto number = checked_pid(pid);
    if (!number) {
        answer.send(number.failure());
        return;
    }
    std::make_shared<Reading>(parts_, std::move(call), *number, std::move(answer))->start();
}

std::string Service::version() {
    return IOPRIORITY_VERSION;
}

std::vector<std::string> Service::features() {
    return {"set-process", "set-user"};
}

}  // namespace iopriority::service
