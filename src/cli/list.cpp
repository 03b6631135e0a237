// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fcntl.h>

#include <algorithm>
#include <iostream>
#include <limits>

#include "cli/arguments.hpp"
#include "cli/json.hpp"
#include "cli/messages.hpp"
#include "cli/reading.hpp"
#include "cli/table.hpp"
#include "cli/translation.hpp"
#include "cli/watch.hpp"
#include "kernel/number_listing.hpp"
#include "kernel/process.hpp"
#include "kernel/unique_fd.hpp"

namespace iopriority::cli {

namespace {

std::vector<pid_t> all_processes() {
    const kernel::UniqueFd proc(::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));  // NOLINT(*-vararg)
    std::vector<pid_t> all;
    std::vector<pid_t> some;
    while (proc && kernel::next_numbers(proc.get(), some) == 0 && !some.empty()) {
        all.insert(all.end(), some.begin(), some.end());
    }
    std::sort(all.begin(), all.end());
    return all;
}

/// A process that has ended meanwhile, or is hidden from this user, is left out.
void add(Table& table, std::vector<Record>& records, Client& client, pid_t pid) {
    const auto process = kernel::Process::pin(pid);
    if (!process) {
        return;
    }
    try {
        const auto details = client.describe(Target::process(pid), {Route::kernel_only, false, {}});
        if (is_default(details)) {
            return;
        }
        const auto owner = process->owner();
        const auto user = owner ? user_name(owner->real_uid) : "?";
        const auto name = process->name();
        table.add({std::to_string(pid), user, shown(details), std::to_string(details.threads), name});
        records.push_back({{"pid", pid},
                           {"user", user},
                           {"command", name},
                           {"threads", details.threads},
                           {"priority", details.set.to_string()},
                           {"uniform", details.uniform()},
                           {"breakdown", details.breakdown}});
    } catch (const Error&) {
        return;
    }
}

int run(const Options& options, const Arguments& arguments) {
    if (options.watch && arguments.size() == 1 &&
        parse_number(arguments.front(), std::numeric_limits<unsigned>::max())) {
        throw UsageError(tr("argument %1: the seconds stand behind an equals sign, as in %2", shown(arguments.front()),
                            "--watch=" + arguments.front()));
    }
    if (!arguments.empty()) {
        throw UsageError(tr("argument %1: %2 takes none", shown(arguments.front()), "list"));
    }
    if (options.watch) {
        return watch(options);
    }
    if (options.count != 0) {
        throw UsageError(tr("option %1 is for %2", "--count", "list --watch"));
    }
    Table table({{"PID", Align::right}, {"USER"}, {"PRIORITY"}, {"THREADS", Align::right}, {"COMMAND"}});
    std::vector<Record> records;
    Client client;
    for (const pid_t pid : all_processes()) {
        add(table, records, client, pid);
    }
    std::cout << (options.json != JsonStyle::none ? to_json(records, options.json) : table.to_string(titles(options)));
    return exit_ok;
}

}  // namespace

const Command list_command{
    "list",
    "[--watch[=SECONDS] [--count N]]",
    translatable("show processes on which one is set"),
    translatable(R"(Processes all of whose threads have the default (none) are left out. Where threads
differ, "mixed" says how many have what.

  --watch[=SECONDS]  again and again, every 2 seconds or as often as is said, also
                     processes that read from disks or write to them: a table by
                     traffic, in bytes a second (K is 1024), or a JSON object
  --count N          end after so many tables

See also ioprioctl monitor, for a terminal.)"),
    Special::json | Special::watch,
    false,
    0,
    run};

}  // namespace iopriority::cli
