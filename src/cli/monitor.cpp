// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/monitor.hpp"

#include <unistd.h>

#include "cli/arguments.hpp"
#include "cli/changes.hpp"
#include "cli/messages.hpp"
#include "cli/password_agent.hpp"
#include "cli/translation.hpp"
#include "process/process.hpp"

namespace iopriority::cli {

namespace {

int run(const Options& options, const Arguments& arguments) {
    refuse_arguments(arguments, "monitor");
    if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1) {
        throw UsageError(tr("monitor needs a terminal as standard input and output: use %1", "ioprioctl list --watch"));
    }
    return show_monitor(options);
}

}  // namespace

std::string change_row(Client& client, const Options& options, const TrafficRow& row, Priority wanted,
                       const std::function<void()>& before_asking) {
    const auto process = process::Process::pin(row.pid);
    const auto start = process ? process::start_of(*process) : process.failure();
    if (!start && start.failure().code != ErrorCode::no_such_process) {
        throw_failure(start.failure());
    }
    if (!start || *start != row.start_ticks) {
        throw InOwnWords<NoSuchProcess>(ErrorCode::no_such_process, tr("process %1 (%2) has ended", row.pid, row.name));
    }
    const auto target = Target::pidfd(process->pidfd());
    const auto changed = with_password(
        options, [&](const CallOptions& how) { return client.set(target, wanted, how); }, before_asking);
    const auto said =
        change_line(std::to_string(row.pid), process->name(), changed.threads, priority_text(row), wanted);
    return with_doer(
        options, row.pid == 1 && wanted != Priority::none() ? tr("%1; services that it starts inherit it", said) : said,
        changed.by_service);
}

const Command monitor_command{
    "monitor",
    "[--interval SECONDS]",
    translatable("show live traffic, set priorities by key"),
    translatable("Shows the processes at a terminal, those with the most disk traffic first, in bytes a second (K is "
                 "1024). Writes are counted when they enter the page cache. The traffic of other users' processes "
                 "(\"-\") is shown to root only. Without a terminal, use ioprioctl list --watch.\n"
                 "\n"
                 "  up, down, k, j      select a process; also page up, page down, home, end\n"
                 "  i  b  r             make it idle, best-effort or realtime\n"
                 "  n, d                remove its priority (none)\n"
                 "  +  -                one level higher, one level lower\n"
                 "  u                   only your own processes, or all\n"
                 "  s                   by traffic, reads, writes or process id\n"
                 "  ?  q                help, quit"),
    Special::interval | Special::verbose | Special::via | Special::ask | Special::table,
    run};

}  // namespace iopriority::cli
