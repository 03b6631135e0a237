// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/changes.hpp"

#include <iostream>

#include "cli/dry_run.hpp"
#include "cli/json.hpp"
#include "cli/messages.hpp"
#include "cli/password_agent.hpp"
#include "cli/reading.hpp"
#include "cli/translation.hpp"
#include "kernel/process.hpp"

namespace iopriority::cli {

namespace {

/// What is told of a process that is changed; it takes reading, so only where it will be told.
struct Before {
    std::string name = "?";
    std::string priority = "?";
};

Before look_at(const Options& options, Client& client, pid_t pid) {
    if (!options.host.empty()) {
        return {};  // /proc is that of this machine
    }
    const auto process = kernel::Process::pin(pid);
    if (!process) {
        return {};
    }
    try {
        return {process->name(), shown(client.describe(Target::process(pid), {Route::kernel_only, false, {}}))};
    } catch (const Error&) {
        return {process->name(), "?"};
    }
}

Record change(Client& client, const Options& options, const Subject& subject, Priority wanted) {
    const bool single = subject.target.kind() == Target::Kind::process && !subject.target.descendants();
    const auto pid = static_cast<pid_t>(subject.target.id());
    const auto before =
        single && (confirms(options) || options.json != JsonStyle::none) ? look_at(options, client, pid) : Before{};
    const auto changed =
        with_password(options, [&](const CallOptions& how) { return client.set(subject.target, wanted, how); });
    if (confirms(options)) {
        const auto line = single ? change_line(pid, before.name, changed.threads, before.priority, wanted)
                                 : change_line(subject.called(), changed, wanted);
        confirm(options, with_doer(options, line, changed.by_service));
    }
    return {{"target", subject.text()},    {"processes", changed.processes},
            {"threads", changed.threads},  {"before", single ? Value{before.priority} : Value{}},
            {"after", wanted.to_string()}, {"by", changed.by_service ? "service" : "kernel"}};
}

}  // namespace

std::string change_line(pid_t pid, const std::string& name, unsigned count, const std::string& before, Priority after) {
    return tr("%1 (%2, %3): %4 -> %5", pid, name, threads(count), before, after.to_string());
}

std::string change_line(const std::string& text, const Changed& changed, Priority after) {
    return tr("%1 (%2, %3): %4", text, processes(changed.processes), threads(changed.threads), after.to_string());
}

int change_each(const Options& options, const std::vector<Subject>& subjects, Priority wanted) {
    const auto step = options.dry_run ? tell : change;
    auto client = options.client();
    Outcome outcome;
    std::vector<Record> records;
    for (const auto& subject : subjects) {
        try {
            records.push_back(step(client, options, subject, wanted));
        } catch (const Error& error) {
            complain(error, options);
            outcome.failed(error);
        }
    }
    if (options.json != JsonStyle::none) {
        std::cout << to_json(records, options.json);
    }
    return outcome.status();
}

}  // namespace iopriority::cli
