// SPDX-License-Identifier: LGPL-2.1-or-later
#include <unistd.h>

#include <iostream>

#include "cli/arguments.hpp"
#include "cli/messages.hpp"
#include "cli/reading.hpp"
#include "cli/table.hpp"
#include "kernel/process.hpp"

namespace iopriority::cli {

namespace {

std::vector<std::string> row(Client& client, const Options& options, pid_t pid) {
    const auto priority = client.get(pid, options.call());
    std::string effective = "?";
    std::string name = "?";
    if (const auto process = kernel::Process::pin(pid)) {
        name = process->name();
        if (const auto reading = read_process(*process)) {
            effective = reading->effective.to_string();
        }
    }
    return {std::to_string(pid), priority.to_string(), effective, name};
}

int run(const Options& options, const Arguments& arguments) {
    const auto pids = arguments.empty() ? std::vector<pid_t>{::getpid()} : parse_pids(arguments, 0);
    Client client;
    Outcome outcome;
    Table table({{"PID", Align::right}, {"PRIORITY"}, {"EFFECTIVE"}, {"COMMAND"}});
    bool any = false;
    for (const pid_t pid : pids) {
        try {
            table.add(row(client, options, pid));
            any = true;
        } catch (const Error& error) {
            complain(error, options);
            outcome.failed(error);
        }
    }
    if (any) {
        std::cout << table.to_string();
    }
    return outcome.status();
}

}  // namespace

const Command get_command{"get",
                          "[PID...]",
                          "show the priority of processes",
                          R"(Without PID: of ioprioctl itself, which has inherited it from your shell.

PRIORITY is what is set, the highest of the process's threads. EFFECTIVE is what the
disk scheduler uses: where nothing is set (none), it follows the CPU nice value.)",
                          false,
                          0,
                          run};

}  // namespace iopriority::cli
