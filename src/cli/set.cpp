// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/arguments.hpp"
#include "cli/changes.hpp"

namespace iopriority::cli {

namespace {

int run(const Options& options, const Arguments& arguments) {
    if (arguments.empty()) {
        throw UsageError("no priority and no process id");
    }
    const auto wanted = parse_priority(arguments.front());
    return change_processes(options, parse_pids(arguments, 1), wanted);
}

}  // namespace

const Command set_command{"set",
                          "CLASS[:LEVEL] PID...",
                          "set processes, with all their threads",
                          R"(CLASS is none, idle, best-effort or realtime; the last two have levels from 0
(served first) to 7 (last), 4 if none is given. Or a word: background (idle),
low (best-effort:7), normal (none), high (best-effort:0).

Your own processes need no permission, except for realtime. What needs one goes
through the system service, which asks polkit, which may ask for a password.)",
                          false,
                          0,
                          run};

}  // namespace iopriority::cli
