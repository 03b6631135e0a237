// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/line.hpp"

#include <sstream>

#include "cli/layout.hpp"
#include "cli/table.hpp"
#include "cli/translation.hpp"

namespace iopriority::cli {

namespace {

constexpr const char* ionice_text = translatable(R"(
Without a command, the options of ionice(1), and its output:
  -c CLASS -n LEVEL   name or number: 0 none, 1 realtime, 2 best-effort, 3 idle
  -p PID...  -P PGID...  -u USER...     set or show these; else run a program
  -t                    go on after failures
)");

constexpr const char* statuses_text = translatable(R"(
Exit status:
  0 success   1 something failed   2 usage error   3 no such process
  4 not authorized, or dialog closed   5 service or polkit not reachable
)");

}  // namespace

const std::vector<const Command*>& commands() {
    static const std::vector<const Command*> all{&get_command,  &set_command,     &run_command,     &hold_command,
                                                 &list_command, &monitor_command, &devices_command, &check_command};
    return all;
}

std::string help() {
    Table table({{""}, {""}});
    for (const auto* command : commands()) {
        table.add({"  " + std::string(command->name), tr(command->summary)});
    }
    table.add({"  help", tr("show this, or the help of a command")});
    return tr("Usage: ioprioctl [OPTION...] COMMAND [ARGUMENT...]\n"
              "       ioprioctl [-c CLASS] [-n LEVEL] {-p PID... | PROGRAM...}\n"
              "\n"
              "Shows and sets I/O priorities.\n") +
           '\n' + tr("Commands:") + '\n' + table.to_string(Table::Titles::left_out) + '\n' + tr("Options:") + '\n' +
           help_of_options(nullptr) + tr(ionice_text) + tr(statuses_text);
}

std::string help(const Command& command) {
    const auto synopsis = (command.synopsis.empty() ? "" : " ") + std::string(command.synopsis);
    std::string text = tr("Usage: %1", "ioprioctl " + std::string(command.name) + synopsis) + "\n\n";
    std::istringstream lines(tr(command.details));
    for (std::string line; std::getline(lines, line);) {
        text += line.empty() || line.front() == ' ' ? line + '\n' : wrapped(line);
    }
    return text + '\n' + tr("Options:") + '\n' + help_of_options(&command) +
           (command.failure_status == 0
                ? tr(statuses_text)
                : '\n' +
                      wrapped(tr("The exit status is that of the command; 127 if it was not found, 126 if it could not "
                                 "be run, 125 if ioprioctl failed before that.")));
}

}  // namespace iopriority::cli
