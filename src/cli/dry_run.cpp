// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/dry_run.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "authorization/action.hpp"
#include "cli/changes.hpp"
#include "cli/members.hpp"
#include "cli/messages.hpp"
#include "cli/reading.hpp"
#include "cli/translation.hpp"

namespace iopriority::cli {

namespace {

using authorization::Action;
using kernel::Process;

/// One request, one question: the strictest that any of them needs. Whose a process is may be hidden: then as
/// another's.
Action strictest(const std::vector<Process>& members, Priority wanted) {
    auto strictest = Action::none;
    for (const auto& process : members) {
        const auto owner = process.owner();
        const bool own = owner && authorization::is_own(::geteuid(), *owner);
        strictest = std::max(strictest, authorization::required(own, wanted));
    }
    return strictest;
}

/// Root is asked nothing, by the kernel as by polkit.
Action question(const Subject& subject, const std::vector<Process>& members, Priority wanted) {
    if (::geteuid() == 0) {
        return Action::none;
    }
    const bool own_user = subject.target.kind() == Target::Kind::user && subject.target.id() == ::geteuid();
    return own_user ? authorization::required(true, wanted) : strictest(members, wanted);
}

std::string who_does_it(const Options& options, const Subject& subject, Action action) {
    // As the library has it: of other users, and of root, only the service knows whom to leave alone.
    const auto& target = subject.target;
    const bool by_service_alone =
        target.kind() == Target::Kind::unit ||
        (target.kind() == Target::Kind::user && (target.id() == 0 || target.id() != ::geteuid()));
    if (options.route == Route::kernel_only) {
        return by_service_alone || action != Action::none ? "nobody" : "kernel";
    }
    return options.route == Route::service_only || by_service_alone || action != Action::none ? "service" : "kernel";
}

Details details_of(Client& client, const std::vector<Process>& members) {
    Details all;
    for (const auto& process : members) {
        try {
            const auto one = client.describe(Target::process(process.pid()), {Route::kernel_only, false, {}});
            ++all.processes;
            all.threads += one.threads;
            for (const auto& [priority, threads] : one.breakdown) {
                all.breakdown[priority] += threads;
            }
            all.set = one.set;
        } catch (const Error&) {
            continue;  // it has ended
        }
    }
    return all;
}

struct Forecast {
    std::string text;      ///< "812 (rsync, 4 threads): none -> idle"
    std::string by;        ///< "kernel", "service", "nobody"
    std::string question;  ///< the action that polkit would be asked about; empty: none
    Record record;
};

Forecast forecast(Client& client, const Options& options, const Subject& subject, Priority wanted) {
    Forecast result;
    if (subject.target.kind() == Target::Kind::unit) {
        result.text = subject.called() + ": " + wanted.to_string();
        result.by = options.route == Route::kernel_only ? "nobody" : "service";
        // Whose the processes are, only the service finds out.
        result.question = ::geteuid() == 0 ? "" : authorization::id(authorization::required(false, wanted));
        result.record = {{"target", subject.text()}, {"processes", {}}, {"threads", {}}, {"before", {}}};
    } else {
        const auto members = members_of(subject.target);
        if (!members) {
            throw_error(members.failure().code, "", members.failure().message);
        }
        const auto details = details_of(client, *members);
        if (details.processes == 0) {
            throw NoSuchProcess(ErrorCode::no_such_process, tr("%1 has no process", subject.called()));
        }
        const bool single = subject.target.kind() == Target::Kind::process && !subject.target.descendants();
        result.text = single ? change_line(members->front().pid(), members->front().name(), details.threads,
                                           shown(details), wanted)
                             : change_line(subject.called(), {details.processes, details.threads, false}, wanted);
        const auto action = question(subject, *members, wanted);
        result.by = who_does_it(options, subject, action);
        result.question = action == Action::none ? "" : authorization::id(action);
        result.record = {{"target", subject.text()},
                         {"processes", details.processes},
                         {"threads", details.threads},
                         {"before", single ? Value{shown(details)} : Value{}}};
    }
    result.record.emplace_back("after", wanted.to_string());
    result.record.emplace_back("by", result.by);
    result.record.emplace_back("action", result.question.empty() ? Value{} : Value{result.question});
    result.record.emplace_back("dry-run", true);
    return result;
}

std::string to_string(const Forecast& forecast) {
    if (forecast.by == "nobody") {
        return tr("would set %1; the kernel would refuse, and the service is forbidden by --via kernel", forecast.text);
    }
    if (forecast.by == "kernel") {  // which asks nobody
        return tr("would set %1; by the kernel, polkit would not be asked", forecast.text);
    }
    return forecast.question.empty()
               ? tr("would set %1; by the service, polkit would not be asked", forecast.text)
               : tr("would set %1; by the service, which would ask polkit about %2", forecast.text, forecast.question);
}

}  // namespace

Record tell(Client& client, const Options& options, const Subject& subject, Priority wanted) {
    auto told = forecast(client, options, subject, wanted);
    if (options.json == JsonStyle::none) {
        std::cout << to_string(told) << '\n';
    }
    return std::move(told.record);
}

}  // namespace iopriority::cli
