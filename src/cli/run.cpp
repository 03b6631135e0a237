// SPDX-License-Identifier: LGPL-2.1-or-later
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "cli/arguments.hpp"
#include "cli/messages.hpp"

namespace iopriority::cli {

namespace {

// As of env(1), nice(1) and timeout(1).
constexpr int exit_before_command = 125;
constexpr int exit_cannot_run = 126;
constexpr int exit_not_found = 127;

/// Becomes the command. @return why it could not.
int become(Arguments command) {
    std::vector<char*> argv;
    for (auto& word : command) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    ::execvp(argv.front(), argv.data());
    const int error = errno;
    complain("cannot run " + shown(command.front()) + ": " + std::generic_category().message(error));
    return error == ENOENT ? exit_not_found : exit_cannot_run;
}

int run(const Options& options, const Arguments& arguments) {
    if (arguments.empty()) {
        throw UsageError("no priority and no command");
    }
    const auto wanted = parse_priority(arguments.front());
    auto first = arguments.begin() + 1;
    if (first != arguments.end() && *first == "--") {
        ++first;
    }
    if (first == arguments.end()) {
        throw UsageError("no command to run");
    }
    // This process sets itself, by the service if need be, and then becomes the command: a priority outlives exec, and
    // so the command is nobody's child but our caller's, with its own pid, signals and exit status.
    Client().set_process(0, wanted, options.call());
    return become({first, arguments.end()});
}

}  // namespace

const Command run_command{"run",
                          "CLASS[:LEVEL] [--] COMMAND [ARGUMENT...]",
                          "run a command with a priority",
                          R"(The command, and all that it starts, has the priority from its beginning. It is not
run if the priority cannot be set.

The exit status is that of the command; 127 if it was not found, 126 if it could not
be run, 125 if ioprioctl failed before that.)",
                          true,
                          exit_before_command,
                          run};

}  // namespace iopriority::cli
