// SPDX-License-Identifier: LGPL-2.1-or-later
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "cli/arguments.hpp"
#include "cli/json.hpp"
#include "cli/messages.hpp"
#include "cli/table.hpp"
#include "cli/translation.hpp"
#include "process/process.hpp"
#include "process/selection.hpp"

namespace iopriority::cli {

namespace {

/// Who is behind a row.
struct Who {
    std::string pid = "-";
    std::string user = "-";
    std::string command = "?";
};

Who who_of(const Options& options, const Subject& subject) {
    Who who;
    if (subject.target.kind() != Target::Kind::process) {
        who.command = subject.called();
        if (subject.target.kind() == Target::Kind::user) {
            who.user = user_name(subject.target.id());
        }
        return who;
    }
    const auto pid = static_cast<pid_t>(subject.target.id());
    who.pid = std::to_string(pid);
    if (!options.host.empty()) {
        who.user = "?";  // /proc is that of this machine
        return who;
    }
    if (const auto process = process::Process::pin(pid)) {
        const auto owner = process->credentials();
        who.user = owner ? user_name(owner->real_uid) : "?";
        who.command = process->name();
    }
    return who;
}

void add(Table& table, const Who& who, const Details& details, const Target& target) {
    const bool single = target.kind() == Target::Kind::process;
    const auto members = single ? "" : " (" + processes(details.processes) + ")";
    table.add({who.pid, who.user, std::to_string(details.threads), shown(details), details.effective.to_string(),
               details.source, who.command + members});
}

Json record(const Who& who, const Details& details, const Subject& subject) {
    const bool single = subject.target.kind() == Target::Kind::process;
    return {{"target", subject.text()},
            {"pid", single ? Json(subject.target.id()) : Json()},
            {"user", who.user == "-" ? Json() : Json(who.user)},
            {"command", single ? Json(who.command) : Json()},
            {"processes", details.processes},
            {"threads", details.threads},
            {"priority", details.set.to_string()},
            {"uniform", details.uniform()},
            {"breakdown", details.breakdown},
            {"effective", details.effective.to_string()},
            {"source", details.source}};
}

/// The process, then those below it by number.
Expected<std::vector<pid_t>> tree_of(pid_t root) {
    const auto process = process::Process::pin(root);
    if (!process) {
        return process.failure();
    }
    const auto key = process->key();
    if (!key) {
        return key.failure();
    }
    const auto tree = process::select_named({}, {*key}, true);
    tree->restart();
    for (bool ended = false; !ended;) {
        const auto step = tree->step();
        if (!step) {
            return step.failure();
        }
        ended = *step;
    }
    std::vector<pid_t> members;
    for (const auto& each : tree->found({})) {
        members.push_back(each.pid);
    }
    std::sort(members.begin() + 1, members.end());  // the root is the first
    return members;
}

/// A tree as its processes: the first, then those below it by number.
std::vector<Subject> spread(const std::vector<Subject>& subjects) {
    std::vector<Subject> all;
    for (const auto& subject : subjects) {
        const auto id = static_cast<pid_t>(subject.target.id());
        const auto members = subject.target.descendants() ? tree_of(id) : Failure{};
        if (!members) {
            all.push_back(subject);
            continue;
        }
        for (const pid_t pid : *members) {
            all.push_back({Target::process(pid), process_form, std::to_string(pid)});
        }
    }
    return all;
}

int run(const Options& options, const Arguments& arguments) {
    auto words = arguments;
    if (!options.host.empty() && (options.tree || (words.empty() && options.named.empty()))) {
        throw UsageError(tr("processes of another machine are named by number, and without --tree"));
    }
    if (words.empty() && options.named.empty()) {
        words.push_back(std::to_string(::getpid()));
    }
    auto client = options.client();
    Outcome outcome;
    Table table({{"PID", Align::right},
                 {"USER"},
                 {"THREADS", Align::right},
                 {"PRIORITY"},
                 {"EFFECTIVE"},
                 {"SOURCE"},
                 {"COMMAND"}});
    auto records = Json::array();
    for (const auto& subject : spread(parse_subjects(options, words, 0))) {
        try {
            auto target = subject.target;
            if (target.descendants()) {  // of what is not there: said by the library
                target = Target::process(static_cast<pid_t>(target.id()));
            }
            const auto details = client.describe(target, options.call());
            const auto who = who_of(options, subject);
            add(table, who, details, target);
            records.push_back(record(who, details, subject));
        } catch (const Error& error) {
            complain(error, options);
            outcome.failed(error);
        }
    }
    if (options.json != JsonStyle::none || !records.empty()) {
        print(options, records, table);
    }
    return outcome.status();
}

}  // namespace

const Command get_command{"get",
                          "[--tree] [PID...] [--group PGID] [--user USER]",
                          translatable("show the priority of processes"),
                          translatable(R"(Without any: of ioprioctl itself, which has inherited it from your shell.

PRIORITY is what is set; where threads differ, "mixed" and how many have what.
EFFECTIVE is what the disk scheduler uses for the highest of them, and SOURCE where
that comes from: "set", or, where nothing is set (none), the CPU policy or nice value.

  --tree         each PID, and a line for each of its descendants
  --group PGID   a line for all processes of a process group
  --user USER    a line for all processes of a user)"),
                          Special::tree | Special::group | Special::user | Special::json | Special::host,
                          run};

}  // namespace iopriority::cli
