// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/arguments.hpp"
#include "cli/changes.hpp"
#include "cli/translation.hpp"

namespace iopriority::cli {

namespace {

constexpr Special accepted = Special::target | Special::keep_explicit | Special::json | Special::dry_run |
                             Special::host | Special::quiet | Special::verbose | Special::via | Special::ask;

int set(const Options& options, const Arguments& arguments) {
    if (arguments.empty()) {
        throw UsageError(tr("no priority and no process id"));
    }
    const auto wanted = parse_leading_priority(arguments);
    return change_each(options, parse_subjects(options, arguments, 1), wanted);
}

int reset(const Options& options, const Arguments& arguments) {
    return change_each(options, parse_subjects(options, arguments, 0), Priority::none());
}

int set_user(const Options& options, const Arguments& arguments) {
    constexpr std::size_t wanted_arguments = 2;
    if (arguments.size() != wanted_arguments) {
        throw UsageError(arguments.size() < wanted_arguments ? tr("no priority or no user") : tr("more than one user"));
    }
    const auto wanted = parse_leading_priority(arguments);
    auto named = options;
    named.named = {{Target::Kind::user, arguments.back()}};
    return change_each(options, parse_subjects(named, {}, 0), wanted);
}

}  // namespace

const Command set_command{
    "set",
    "CLASS[:LEVEL] [--tree] PID... [--unit NAME]",
    translatable("set processes, groups, units or users"),
    translatable("CLASS is none, idle, best-effort or realtime; the last two have levels from 0 (served first) to 7 "
                 "(last), 4 if none is given. Or a word: background (idle), low (best-effort:7), normal (none), high "
                 "(best-effort:0).\n"
                 "\n"
                 "All but --tree and --keep-explicit may be given several times.\n"
                 "\n"
                 "Your own processes need no permission, except for realtime. What needs one goes through the system "
                 "service, which asks polkit, which may ask for a password. All PIDs together are one request, so "
                 "either all are set or none; those that have ended are skipped. Each group, unit and user is one "
                 "more. What was done is said only on a terminal."),
    accepted,
    set};

const Command reset_command{
    "reset",
    "[--tree] PID... [--unit NAME]",
    translatable("reset the priority of processes"),
    translatable(
        "The same as \"set none\": the threads follow their CPU nice value again. The options are those of set."),
    accepted,
    reset};

const Command set_user_command{
    "set-user",
    "CLASS[:LEVEL] [--keep-explicit] USER",
    translatable("set all current processes of a user"),
    translatable("USER is a name or a number. What the user starts afterwards is covered only as far as a process that"
                 " was set starts it; a new login is not. Of root's processes, process 1 and the threads of the kernel"
                 " are left alone."),
    Special::keep_explicit | Special::json | Special::dry_run | Special::host | Special::quiet | Special::verbose |
        Special::via | Special::ask,
    set_user};

}  // namespace iopriority::cli
