// SPDX-License-Identifier: LGPL-2.1-or-later
#include <unistd.h>

#include <iostream>
#include <utility>

#include "cli/arguments.hpp"
#include "cli/json.hpp"
#include "cli/members.hpp"
#include "cli/messages.hpp"
#include "cli/reading.hpp"
#include "cli/table.hpp"
#include "cli/translation.hpp"
#include "kernel/process.hpp"

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
    if (const auto process = kernel::Process::pin(pid)) {
        const auto owner = process->owner();
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

Record record(const Who& who, const Details& details, const Subject& subject) {
    const bool single = subject.target.kind() == Target::Kind::process;
    return {{"target", subject.text()},
            {"pid", single ? Value{std::int64_t{subject.target.id()}} : Value{}},
            {"user", who.user == "-" ? Value{} : Value{who.user}},
            {"command", single ? Value{who.command} : Value{}},
            {"processes", details.processes},
            {"threads", details.threads},
            {"priority", details.set.to_string()},
            {"uniform", details.uniform()},
            {"breakdown", details.breakdown},
            {"effective", details.effective.to_string()},
            {"source", details.source}};
}

/// A tree as its processes: the first, then those below it by number.
std::vector<Subject> spread(const std::vector<Subject>& subjects) {
    std::vector<Subject> all;
    for (const auto& subject : subjects) {
        auto members = subject.target.descendants() ? members_of(subject.target) : Failure{};
        if (!members) {
            all.push_back(subject);
            continue;
        }
        for (const auto& process : *members) {
            all.push_back({Target::process(process.pid()), process_form, std::to_string(process.pid())});
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
    std::vector<Record> records;
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
    if (options.json != JsonStyle::none) {
        std::cout << to_json(records, options.json);
    } else if (!records.empty()) {
        std::cout << table.to_string(titles(options));
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
                          false,
                          0,
                          run};

}  // namespace iopriority::cli
