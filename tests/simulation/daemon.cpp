// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon.hpp"

namespace iopriority::simulation {

Daemon::Daemon(SimulatedLoop& loop, Choices& choices, std::map<std::string, Connection*>& connections, bool& ends_all)
    : polkit(loop),
      log(loop),
      holds(loop, service::HoldStore(std::string(Kernel::runtime_directory)), log,
            [this] { lifetime->requests_changed(); }),
      requests([this] { lifetime->requests_changed(); }),
      callers(loop, connections),
      units(loop, choices),
      refusals(loop, [](const service::RefusalLog::Line& /*line*/) {}),
      names(loop, service::UserNames::usual_limit,
            [&choices](uid_t uid) {
                return choices.one_in(2) ? std::optional("user" + std::to_string(uid)) : std::nullopt;
            }),
      parts{loop, callers, polkit, requests, admission, questions, settling, refusals, names, log, units, holds} {
    constexpr auto idle = std::chrono::minutes(1);
    lifetime.emplace(loop, requests, idle, [this, &loop](const std::function<void()>& released) {
        loop.event(nullptr, [this, released] {
            gave_name_up = true;
            released();
        });
    });
    lifetime->hold([this] { return holds.under_way(); },
                   [this, &ends_all] {
                       ends_all = true;
                       holds.end_all();
                       ends_all = false;
                   });
}

}  // namespace iopriority::simulation
