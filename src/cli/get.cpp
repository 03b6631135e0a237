// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <optional>

#include "cli/arguments.hpp"
#include "cli/json.hpp"
#include "cli/messages.hpp"
#include "cli/table.hpp"
#include "cli/translation.hpp"
#include "process/selection.hpp"

namespace iopriority::cli {

namespace {

/// The user; nothing if there is more than one.
std::optional<std::string> user_of(const Options& options, const Details& details) {
    if (details.users.size() != 1) {
        return std::nullopt;
    }
    const auto uid = details.users.front();
    return options.host.empty() ? user_name(uid) : std::to_string(uid);  // names are those of this machine only
}

std::string program_of(const Details& details) {
    return details.programs.empty() ? "?" : details.programs.front();
}

void add(Table& table, const Options& options, const Subject& subject, const Details& details) {
    const bool single = subject.is_single();
    table.add({single ? subject.name : "-", user_of(options, details).value_or("-"), std::to_string(details.threads),
               shown(details.breakdown), details.effective.to_string(), details.source,
               single ? program_of(details) : subject.called() + " (" + processes(details.processes) + ")"});
}

Json record(const Options& options, const Subject& subject, const Details& details) {
    const bool single = subject.is_single();
    const auto user = user_of(options, details);
    return {{"target", subject.text()},
            {"pid", single ? Json(subject.target.id()) : Json()},
            {"user", user ? Json(*user) : Json()},
            {"command", single ? Json(program_of(details)) : Json()},
            {"processes", details.processes},
            {"threads", details.threads},
            {"priority", details.set.to_string()},
            {"uniform", details.uniform()},
            {"breakdown", details.breakdown},
            {"effective", details.effective.to_string()},
            {"source", details.source}};
}

/// The process, then its descendants by number; the process alone if they cannot be found.
std::vector<pid_t> tree_of(pid_t root) {
    const auto tree = process::select_named({root}, {}, true);
    tree->restart();
    for (auto ended = tree->step(); ended && !*ended; ended = tree->step()) {
    }
    std::vector<pid_t> members{root};
    for (const auto& each : tree->found({})) {
        members.push_back(each.pid);
    }
    std::sort(members.begin() + 1, members.end());
    members.erase(std::remove(members.begin() + 1, members.end(), root), members.end());
    return members;
}

struct Row {
    Subject subject;
    bool named;  ///< by the caller; otherwise it was found, and may have ended since
};

/// Each process separately: those of a list, and those of a tree.
std::vector<Row> spread(const std::vector<Subject>& subjects) {
    std::vector<Row> all;
    for (const auto& subject : subjects) {
        for (const pid_t root : subject.target.pids()) {
            for (const pid_t pid : subject.target.descendants() ? tree_of(root) : std::vector{root}) {
                all.push_back({subject_of({pid}), pid == root});
            }
        }
        if (subject.target.pids().empty()) {
            all.push_back({subject, true});
        }
    }
    return all;
}

int run(const Options& options, const Arguments& arguments) {
    if (!options.host.empty() && options.tree) {
        throw UsageError(tr("option %1 cannot be used with %2", "--tree", "--host"));
    }
    auto client = options.client();
    int status = exit_ok;
    Table table({numbers("PID"), {"USER"}, numbers("THREADS"), {"PRIORITY"}, {"EFFECTIVE"}, {"SOURCE"}, {"COMMAND"}});
    auto records = Json::array();
    for (const auto& [subject, named] : spread(parse_subjects(options, arguments, 0))) {
        try {
            const auto details = client.describe(subject.target, options.call());
            add(table, options, subject, details);
            records.push_back(record(options, subject, details));
        } catch (const Error& error) {
            if (!named && error.code() == ErrorCode::no_such_process) {
                continue;
            }
            complain(error, options, subject);
            status = status_after(status, status_of(error));
            if (options.json != JsonStyle::none) {
                records.push_back(failure_record(subject.text(), error));
            }
        }
    }
    if (options.json != JsonStyle::none || !records.empty()) {
        print(options, records, table);
    }
    return status;
}

}  // namespace

const Command get_command{
    "get",
    "[--tree] PID... [--unit NAME] [--user USER]",
    translatable("show the priority of processes"),
    translatable(
        "PRIORITY is what is set; if threads differ, \"mixed\" and how many have what. EFFECTIVE is what the I/O "
        "scheduler uses for the highest of them, and SOURCE where that comes from: \"set\" or, if nothing is set "
        "(none), the CPU policy or nice value.\n"
        "\n"
        "  ioprioctl get $$                    what commands of this shell inherit\n"
        "  ioprioctl get \"$(pgrep -o borg)\"    the oldest borg; without one, an error"),
    Special::target | Special::json | Special::host | Special::table | Special::via,
    run};

}  // namespace iopriority::cli
