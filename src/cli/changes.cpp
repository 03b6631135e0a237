// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/changes.hpp"

#include "cli/messages.hpp"
#include "cli/reading.hpp"
#include "kernel/process.hpp"

namespace iopriority::cli {

namespace {

/// What is told of a process that is changed; it takes reading, so only where it will be told.
struct Before {
    std::string name = "?";
    std::string priority = "?";
};

Before look_at(pid_t pid) {
    const auto process = kernel::Process::pin(pid);
    if (!process) {
        return {};
    }
    const auto reading = read_process(*process);
    return {process->name(), reading ? shown(*reading) : "?"};
}

void change(Client& client, const Options& options, pid_t pid, Priority wanted) {
    const auto before = confirms(options) ? look_at(pid) : Before{};
    const auto changed = client.set_process(pid, wanted, options.call());
    confirm(options, change_line(pid, before.name, changed.threads, before.priority, wanted));
}

}  // namespace

std::string change_line(pid_t pid, const std::string& name, unsigned threads, const std::string& before,
                        Priority after) {
    return std::to_string(pid) + " (" + name + ", " + counted(threads, "thread", "threads") + "): " + before + " -> " +
           after.to_string();
}

int change_processes(const Options& options, const std::vector<pid_t>& pids, Priority wanted) {
    Client client;
    Outcome outcome;
    for (const pid_t pid : pids) {
        try {
            change(client, options, pid, wanted);
        } catch (const Error& error) {
            complain(error, options);
            outcome.failed(error);
        }
    }
    return outcome.status();
}

}  // namespace iopriority::cli
