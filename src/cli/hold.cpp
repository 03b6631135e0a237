// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/child.hpp"
#include "cli/messages.hpp"
#include "cli/password_agent.hpp"
#include "cli/translation.hpp"

namespace iopriority::cli {

namespace {

int run(const Options& options, const Arguments& arguments) {
    if (arguments.empty()) {
        throw UsageError(tr("no priority, no process id and no command"));
    }
    const auto wanted = parse_leading_priority(arguments);
    const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
    if (dashes == arguments.end()) {
        throw UsageError(tr("no \"--\" between the process ids and the command"));
    }
    const auto pids = parse_pids({arguments.begin(), dashes}, 1);
    const auto command = parse_command(dashes, arguments.end());

    std::vector<Hold> holds;
    holds.reserve(pids.size());
    for (const pid_t pid : pids) {
        // If one fails, those before it end.
        holds.push_back(
            with_password(options, [&](const CallOptions& how) { return Client().hold(pid, wanted, how); }));
    }
    const int status = Child(command).run();
    if (!std::all_of(holds.begin(), holds.end(), [](const auto& hold) { return hold.active(); })) {
        complain(tr("the priority was not held to the end: the service was stopped meanwhile"));
    }
    return status;
}

}  // namespace

const Command hold_command{
    "hold",
    "CLASS[:LEVEL] PID... -- COMMAND [ARGUMENT...]",
    translatable("set processes for as long as a command runs"),
    translatable(R"(Each process gets the priority, then the command is run. When it has ended, or
ioprioctl was killed, what each thread had before comes back; what somebody else has
changed meanwhile stays. Processes that they start meanwhile inherit the priority,
and keep it. Options stand before CLASS. Needs the system service.

  ioprioctl hold idle 1234 -- sleep 600     a quiet ten minutes

The exit status is that of the command; 127 if it was not found, 126 if it could not
be run, 125 if ioprioctl failed before that.)"),
    Special::nothing,
    true,
    exit_before_command,
    run};

}  // namespace iopriority::cli
