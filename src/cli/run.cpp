// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/changes.hpp"
#include "cli/child.hpp"
#include "cli/messages.hpp"
#include "cli/password_agent.hpp"
#include "cli/translation.hpp"

namespace iopriority::cli {

namespace {

int run_held(const Options& options, const Arguments& command, Priority wanted) {
    Child child(command);
    const auto hold = with_password(
        options, [&](const CallOptions& how) { return Client().hold(Target::process(child.pid()), wanted, how); });
    if (options.verbose) {
        complain(with_doer(options, wanted.to_string(), true));
    }
    return child.run();
}

int run(const Options& options, const Arguments& arguments) {
    if (arguments.empty()) {
        throw UsageError(tr("no priority and no command"));
    }
    const auto wanted = parse_priority(arguments.front());
    if (arguments.size() > 1 && arguments[1] != "--" && arguments[1].starts_with('-')) {
        throw UsageError(
            tr("option %1 comes after the priority: options of run come before it, a command that begins with \"-\" "
               "after \"--\"",
               shown(arguments[1])));
    }
    const auto command = parse_command(arguments.begin() + 1, arguments.end());
    try {
        return options.hold ? run_held(options, command, wanted) : become(options, command, wanted);
    } catch (const Error& error) {
        complain(error, options, shown(command.front()));
        return exit_before_command;
    }
}

int hold(const Options& options, const Arguments& arguments) {
    if (arguments.empty()) {
        throw UsageError(tr("no priority, no process id and no command"));
    }
    const auto wanted = parse_leading_priority(arguments);
    const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
    if (dashes == arguments.end()) {
        throw UsageError(tr("\"--\" is missing between the process ids and the command"));
    }
    const auto subjects = parse_subjects(options, {arguments.begin(), dashes}, 1);
    const auto command = parse_command(dashes, arguments.end());

    Client client;
    std::vector<Hold> holds;
    for (const auto& subject : subjects) {
        // If one fails, the holds before it end.
        try {
            holds.push_back(with_password(
                options, [&](const CallOptions& how) { return client.hold(subject.target, wanted, how); }));
        } catch (const Error& error) {
            complain(error, options, subject);
            return hold_command.failure_status;
        }
        if (options.verbose) {
            complain(with_doer(options, change_line(options, subject, holds.back().changed(), wanted), true));
        }
        complain_of_ended(client, options, subject, holds.back().changed());
        complain_of_uncovered(subject, holds.back().changed());
        if (holds.back().changed().threads > 0) {
            warn_of_process_1(subject, wanted);
        }
    }
    const int status = Child(command).run();
    if (!std::ranges::all_of(holds, &Hold::active)) {
        complain(tr("the priority was not held to the end: the service was stopped meanwhile"));
    }
    if (std::ranges::any_of(holds, &Hold::overruled)) {
        complain(tr("somebody has set held threads meanwhile: they keep what was set"));
    }
    return status;
}

}  // namespace

const Command run_command{"run",
                          "[--hold] CLASS[:LEVEL] [--] COMMAND [ARGUMENT...]",
                          translatable("run a command with a priority"),
                          translatable("Runs a command that has the priority from its start; everything that it starts "
                                       "inherits it. If the priority cannot be set, the command is not run."),
                          Special::hold | Special::verbose | Special::via | Special::ask,
                          run,
                          exit_before_command};

const Command hold_command{
    "hold",
    "CLASS[:LEVEL] PID... -- COMMAND [ARGUMENT...]",
    translatable("set a priority while a command runs"),
    translatable("Sets the priority of processes, then runs a command. When the command has ended, or ioprioctl was "
                 "killed, each thread gets back what it had; what somebody else has changed meanwhile stays. Processes "
                 "that they start meanwhile inherit the priority, and lose it again, too. Needs the service.\n"
                 "\n"
                 "  ioprioctl hold idle 1234 -- sleep 600     for ten minutes"),
    Special::target | Special::keep_explicit | Special::verbose | Special::ask,
    hold,
    exit_before_command};

}  // namespace iopriority::cli
