// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/arguments.hpp"
#include "cli/changes.hpp"
#include "cli/translation.hpp"

namespace iopriority::cli {

namespace {

int set(const Options& options, const Arguments& arguments) {
    if (arguments.empty()) {
        throw UsageError(tr("no priority and no process id"));
    }
    const auto wanted = parse_leading_priority(arguments);
    return change_each(options, parse_subjects(options, arguments, 1), wanted);
}

}  // namespace

const Command set_command{
    "set",
    "CLASS[:LEVEL] [--tree] PID... [--unit NAME]",
    translatable("set the priority of processes, groups, units or users"),
    translatable(
        "CLASS is none, idle, best-effort or realtime; the last two have levels from 0 (served first) to 7 "
        "(last), 4 if none is given. Or a word: background (idle), low (best-effort:7), normal (none), high "
        "(best-effort:0).\n"
        "\n"
        "All options except --tree and --keep-explicit may be given several times.\n"
        "\n"
        "Your own processes need no permission, except for realtime. What needs permission goes through the "
        "system service, which asks polkit; polkit may ask for a password. All PIDs together are one request: "
        "either all are set or none; those that have ended are skipped. Each group, unit and user is a request "
        "of its own. Changes are reported only at a terminal."),
    Special::target | Special::keep_explicit | Special::json | Special::dry_run | Special::host | Special::quiet |
        Special::verbose | Special::via | Special::ask,
    set};

}  // namespace iopriority::cli
