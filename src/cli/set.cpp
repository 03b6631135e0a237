// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/arguments.hpp"
#include "cli/changes.hpp"
#include "cli/translation.hpp"

namespace iopriority::cli {

namespace {

int run(const Options& options, const Arguments& arguments) {
    if (arguments.empty()) {
        throw UsageError(tr("no priority and no process id"));
    }
    const auto wanted = parse_leading_priority(arguments);
    return change_each(options, parse_subjects(options, arguments, 1), wanted);
}

}  // namespace

const Command set_command{"set",
                          "CLASS[:LEVEL] [--tree] PID... [--unit NAME]",
                          translatable("set processes, groups, units or users"),
                          translatable(R"(CLASS is none, idle, best-effort or realtime; the last two have levels from 0
(served first) to 7 (last), 4 if none is given. Or a word: background (idle),
low (best-effort:7), normal (none), high (best-effort:0).

  --tree            each PID with all its descendants
  --group PGID      all processes of a process group
  --unit NAME       all processes of a running systemd unit, such as
                    borgmatic.service; systemd itself changes the I/O priority
                    of a unit only at its next start
  --user-unit NAME  the same for a unit of your own service manager
  --user USER       all processes that a user has now, as set-user
These take one authorization each. All but --tree may be given several times.

Your own processes need no permission, except for realtime. What needs one goes
through the system service, which asks polkit, which may ask for a password. Each
PID is on its own: the others are set although one fails. What was done is said only
on a terminal.)"),
                          sets_accept,
                          false,
                          0,
                          run};

}  // namespace iopriority::cli
