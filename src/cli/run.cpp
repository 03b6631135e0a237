// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/arguments.hpp"
#include "cli/child.hpp"
#include "cli/messages.hpp"
#include "cli/password_agent.hpp"
#include "cli/translation.hpp"

namespace iopriority::cli {

namespace {

int run_held(const Options& options, const Arguments& command, Priority wanted) {
    Child child(command);
    const auto hold =
        with_password(options, [&](const CallOptions& how) { return Client().hold(child.pid(), wanted, how); });
    return child.run();
}

int run(const Options& options, const Arguments& arguments) {
    if (arguments.empty()) {
        throw UsageError(tr("no priority and no command"));
    }
    const auto wanted = parse_priority(arguments.front());
    if (arguments.size() > 1 && arguments[1] != "--" && arguments[1].starts_with('-')) {
        throw UsageError(
            tr("option %1 stands behind the priority: options of run stand before it, a command that begins "
               "with \"-\" behind \"--\"",
               shown(arguments[1])));
    }
    const auto command = parse_command(arguments.begin() + 1, arguments.end());
    if (options.hold) {
        return run_held(options, command, wanted);
    }
    // This process sets itself, by the service if need be, and then becomes the command: a priority outlives exec, and
    // so the command is nobody's child but our caller's, with its own pid, signals and exit status.
    const auto changed =
        with_password(options, [&](const CallOptions& how) { return Client().set_process(0, wanted, how); });
    if (options.verbose) {  // standard output belongs to the command
        complain(with_doer(options, wanted.to_string(), changed.by_service));
    }
    return become(command);
}

}  // namespace

const Command run_command{
    "run",
    "[--hold] CLASS[:LEVEL] [--] COMMAND [ARGUMENT...]",
    translatable("run a command with a priority"),
    translatable(R"(The command, and all that it starts, has the priority from its beginning. It is not
run if the priority cannot be set.

  --hold  the priority is a lease of the system service: ioprioctl waits for the
          command, and should it be killed, the command goes on without the
          priority. Options stand before CLASS.

The exit status is that of the command; 127 if it was not found, 126 if it could not
be run, 125 if ioprioctl failed before that.)"),
    Special::hold,
    true,
    exit_before_command,
    run};

}  // namespace iopriority::cli
