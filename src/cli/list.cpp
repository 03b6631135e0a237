// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <string>

#include "cli/arguments.hpp"
#include "cli/ending_signals.hpp"
#include "cli/json.hpp"
#include "cli/messages.hpp"
#include "cli/table.hpp"
#include "cli/traffic.hpp"
#include "cli/translation.hpp"

namespace iopriority::cli {

namespace {

using Clock = std::chrono::steady_clock;

/// Processes with traffic or with a priority of their own, with their details. A process that has ended meanwhile,
/// or is hidden from this user, is left out.
Traffic read_listed(TrafficReader& reader, process::Sampler::Which which = process::Sampler::Which::all) {
    auto traffic = reader.read(which);
    std::erase_if(traffic.rows, [&](TrafficRow& row) { return !reader.describe(row) || !is_of_interest(row); });
    return traffic;
}

Json record_of(const TrafficRow& row) {
    return {{"pid", row.pid},
            {"user", row.user},
            {"command", row.name},
            {"threads", row.details->threads},
            {"priority", row.details->set.to_string()},
            {"uniform", row.details->uniform()},
            {"breakdown", row.details->breakdown}};
}

/// Waits until that time. @return false if output is to end: a signal came, or the reader is gone
bool wait_until(Clock::time_point when, const EndingSignals& signals) {
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(when - Clock::now()).count();
        if (left <= 0) {
            return true;
        }
        std::array<pollfd, 2> events{{{signals.fd(), POLLIN, 0}, {STDOUT_FILENO, 0, 0}}};
        if (::poll(events.data(), events.size(), static_cast<int>(left)) > 0) {
            return false;
        }
    }
}

/// Writes the whole text. @return false if output is to end: there is no reader any more, or a signal came while the
/// reader did not read
bool write_all(std::string_view text, const EndingSignals& signals) {
    while (!text.empty()) {
        std::array<pollfd, 2> events{{{signals.fd(), POLLIN, 0}, {STDOUT_FILENO, POLLOUT, 0}}};
        static_cast<void>(::poll(events.data(), events.size(), -1));
        if (events[1].revents == 0) {
            if (events[0].revents != 0) {
                return false;
            }
            continue;
        }
        const auto written = ::write(STDOUT_FILENO, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
        if (written >= 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EPIPE) {
            return false;
        } else if (errno != EINTR) {
            throw system_error(translatable("writing to standard output failed"));
        }
    }
    return true;
}

Json json_of(const Traffic& traffic) {
    auto processes = Json::array();
    for (const auto& row : traffic.rows) {
        auto record = record_of(row);
        record["read_rate"] = row.rates ? Json(row.rates->read) : Json();
        record["write_rate"] = row.rates ? Json(row.rates->written) : Json();
        processes.push_back(std::move(record));
    }
    return {{"time", time_text("%Y-%m-%dT%H:%M:%SZ", true)}, {"processes", processes}, {"hidden", traffic.hidden}};
}

std::string table_of(const Traffic& traffic, const Options& options) {
    Table table({numbers("PID"), {"USER"}, {"PRIORITY"}, numbers("READ/s"), numbers("WRITE/s"), {"COMMAND"}});
    for (const auto& row : traffic.rows) {
        const auto cells = cells_of(row);
        table.add({cells.begin(), cells.end()});
    }
    return (options.legend ? time_text("%Y-%m-%d %H:%M:%S") + "\n" : "") + table.to_string(titles(options));
}

/// Prints one table. @return false if output is to end
bool print(TrafficReader& reader, const Options& options, const EndingSignals& signals, bool first) {
    auto traffic = read_listed(reader);
    sort(traffic.rows, TrafficOrder::total);
    const bool json = options.json != JsonStyle::none;
    const auto text =
        json ? json_text(json_of(traffic), options.json) : (first ? "" : "\n") + table_of(traffic, options);
    if (!write_all(text, signals)) {
        return false;
    }
    const auto hidden = hidden_text(traffic, "ioprioctl list --watch");
    if (first && !json && !options.quiet && !hidden.empty()) {
        complain(hidden);
    }
    return true;
}

/// Prints processes with traffic or with a priority once per interval, until the requested count is reached, a signal
/// asks it to end, or there is no reader any more. @return the exit status
int watch(const Options& options) {
    const EndingSignals signals;
    // A reader that is gone is a normal end.
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));  // NOLINT(*-cstyle-cast)
    TrafficReader reader;
    static_cast<void>(reader.read());
    auto next = Clock::now();
    for (unsigned printed = 0; options.count == 0 || printed < options.count; ++printed) {
        // After a pause (a stop, a slow reader) the interval starts over.
        next = std::max(next + options.interval, Clock::now());
        if (!wait_until(next, signals) || !print(reader, options, signals, printed == 0)) {
            break;
        }
    }
    return exit_ok;
}

int run(const Options& options, const Arguments& arguments) {
    if (options.watch && arguments.size() == 1 && parse_number(arguments.front())) {
        throw UsageError(tr("argument %1: write the seconds after an equals sign, as in %2", shown(arguments.front()),
                            "--watch=" + arguments.front()));
    }
    refuse_arguments(arguments, "list");
    if (options.watch) {
        return watch(options);
    }
    if (options.count != 0) {
        throw UsageError(tr("option %1 is for %2", "--count", "list --watch"));
    }
    TrafficReader reader;
    const auto traffic = read_listed(reader, process::Sampler::Which::with_priority);
    Table table({numbers("PID"), {"USER"}, {"PRIORITY"}, numbers("THREADS"), {"COMMAND"}});
    auto records = Json::array();
    for (const auto& row : traffic.rows) {
        table.add(
            {std::to_string(row.pid), row.user, priority_text(row), std::to_string(row.details->threads), row.name});
        records.push_back(record_of(row));
    }
    print(options, records, table);
    return exit_ok;
}

}  // namespace

const Command list_command{"list",
                           "[--watch[=SECONDS] [--count N]]",
                           translatable("show processes with a priority set"),
                           translatable("Processes whose threads all have the default (none) are left out. If threads "
                                        "differ, \"mixed\" says how many have what.\n"
                                        "\n"
                                        "See also ioprioctl monitor, for use at a terminal."),
                           Special::json | Special::watch | Special::table | Special::quiet,
                           run};

}  // namespace iopriority::cli
