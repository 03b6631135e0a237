// SPDX-License-Identifier: LGPL-2.1-or-later
#include <unistd.h>

#include <iostream>
#include <utility>

#include "cli/arguments.hpp"
#include "cli/messages.hpp"
#include "cli/reading.hpp"
#include "cli/table.hpp"
#include "kernel/process.hpp"

namespace iopriority::cli {

namespace {

/// Who is behind a row.
struct Who {
    std::string pid = "-";
    std::string user = "-";
    std::string command = "?";
};

Who who_of(const Subject& subject) {
    Who who;
    if (subject.target.kind() != Target::Kind::process) {
        who.command = subject.text;
        if (subject.target.kind() == Target::Kind::user) {
            who.user = user_name(subject.target.id());
        }
        return who;
    }
    const auto pid = static_cast<pid_t>(subject.target.id());
    who.pid = std::to_string(pid);
    if (const auto process = kernel::Process::pin(pid)) {
        const auto owner = process->owner();
        who.user = owner ? user_name(owner->real_uid) : "?";
        who.command = process->name();
    }
    return who;
}

std::vector<std::string> row(Client& client, const Options& options, const Subject& subject) {
    const auto details = client.describe(subject.target, options.call());
    auto who = who_of(subject);
    if (subject.target.kind() != Target::Kind::process) {
        who.command += " (" + counted(details.processes, "process", "processes") + ")";
    }
    return {who.pid,        who.user,   std::to_string(details.threads), shown(details), details.effective.to_string(),
            details.source, who.command};
}

int run(const Options& options, const Arguments& arguments) {
    auto words = arguments;
    if (words.empty() && options.named.empty()) {
        words.push_back(std::to_string(::getpid()));
    }
    Client client;
    Outcome outcome;
    Table table({{"PID", Align::right},
                 {"USER"},
                 {"THREADS", Align::right},
                 {"PRIORITY"},
                 {"EFFECTIVE"},
                 {"SOURCE"},
                 {"COMMAND"}});
    bool any = false;
    for (const auto& subject : parse_subjects(options, words, 0)) {
        try {
            table.add(row(client, options, subject));
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
                          "[PID...] [--group PGID] [--user USER]",
                          "show the priority of processes",
                          R"(Without any: of ioprioctl itself, which has inherited it from your shell.

PRIORITY is what is set; where threads differ, "mixed" and how many have what.
EFFECTIVE is what the disk scheduler uses for the highest of them, and SOURCE where
that comes from: "set", or, where nothing is set (none), the CPU policy or nice value.

  --group PGID   a line for all processes of a process group
  --user USER    a line for all processes of a user)",
                          Special::group | Special::user,
                          false,
                          0,
                          run};

}  // namespace iopriority::cli
