// SPDX-License-Identifier: LGPL-2.1-or-later
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <utility>

#include "cli/arguments.hpp"
#include "cli/messages.hpp"
#include "cli/reading.hpp"
#include "cli/table.hpp"
#include "kernel/process.hpp"
#include "kernel/selection.hpp"

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

/// A tree as its processes: the first, then those below it by number.
std::vector<Subject> spread(const std::vector<Subject>& subjects) {
    std::vector<Subject> all;
    for (const auto& subject : subjects) {
        all.push_back(subject);
        if (!subject.target.descendants()) {
            continue;
        }
        const auto root = static_cast<pid_t>(subject.target.id());
        all.back().target = Target::process(root);
        const auto below = kernel::select_tree(root);
        below->restart();
        while (!below->step()) {
        }
        std::vector<pid_t> pids;
        for (const auto& process : below->found(std::map<pid_t, bool>{})) {
            pids.push_back(process.pid());
        }
        std::sort(pids.begin(), pids.end());
        for (const pid_t pid : pids) {
            all.push_back({Target::process(pid), "process " + std::to_string(pid)});
        }
    }
    return all;
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
    for (const auto& subject : spread(parse_subjects(options, words, 0))) {
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
                          "[--tree] [PID...] [--group PGID] [--user USER]",
                          "show the priority of processes",
                          R"(Without any: of ioprioctl itself, which has inherited it from your shell.

PRIORITY is what is set; where threads differ, "mixed" and how many have what.
EFFECTIVE is what the disk scheduler uses for the highest of them, and SOURCE where
that comes from: "set", or, where nothing is set (none), the CPU policy or nice value.

  --tree         each PID, and a line for each of its descendants
  --group PGID   a line for all processes of a process group
  --user USER    a line for all processes of a user)",
                          Special::tree | Special::group | Special::user,
                          false,
                          0,
                          run};

}  // namespace iopriority::cli
