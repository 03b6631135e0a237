// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/watch.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <string>
#include <system_error>

#include "cli/ending_signals.hpp"
#include "cli/json.hpp"
#include "cli/messages.hpp"
#include "cli/reading.hpp"
#include "cli/table.hpp"
#include "cli/traffic.hpp"
#include "cli/translation.hpp"

namespace iopriority::cli {

namespace {

using Clock = std::chrono::steady_clock;

/// Waits until then. @return false if there is to be nothing more: a signal came, or the reader has gone
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

/// Writes all of it. @return false if nobody reads any more
bool write_all(std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
        if (written >= 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EPIPE) {
            return false;
        } else if (errno != EINTR) {
            throw Error(ErrorCode::failed,
                        tr("%1: %2", tr("writing to standard output failed"), std::generic_category().message(errno)));
        }
    }
    return true;
}

std::string time_text(const char* format, bool utc) {
    constexpr std::size_t longest = 32;
    std::array<char, longest> text{};
    const std::time_t now = std::time(nullptr);
    tm parts{};
    static_cast<void>(utc ? ::gmtime_r(&now, &parts) : ::localtime_r(&now, &parts));
    return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

Value value_of(std::optional<std::uint64_t> rate) {
    return rate ? Value{static_cast<std::int64_t>(*rate)} : Value{};
}

std::optional<std::uint64_t> read_rate(const TrafficRow& row) {
    return row.rates ? std::optional(row.rates->read) : std::nullopt;
}

std::optional<std::uint64_t> write_rate(const TrafficRow& row) {
    return row.rates ? std::optional(row.rates->written) : std::nullopt;
}

std::string json_of(const Traffic& traffic, const Options& options) {
    std::vector<Record> processes;
    for (const auto& row : traffic.rows) {
        processes.push_back({{"pid", row.pid},
                             {"user", row.user},
                             {"command", row.command},
                             {"threads", row.details->threads},
                             {"priority", row.details->set.to_string()},
                             {"uniform", row.details->uniform()},
                             {"breakdown", row.details->breakdown},
                             {"read_rate", value_of(read_rate(row))},
                             {"write_rate", value_of(write_rate(row))}});
    }
    return to_json(Record{{"time", time_text("%Y-%m-%dT%H:%M:%SZ", true)},
                          {"processes", std::move(processes)},
                          {"hidden", traffic.hidden}},
                   options.json);
}

std::string table_of(const Traffic& traffic, const Options& options) {
    Table table({{"PID", Align::right},
                 {"USER"},
                 {"PRIORITY"},
                 {"READ/s", Align::right},
                 {"WRITE/s", Align::right},
                 {"COMMAND"}});
    for (const auto& row : traffic.rows) {
        table.add({std::to_string(row.pid), row.user, priority_text(row), rate_text(read_rate(row)),
                   rate_text(write_rate(row)), row.command});
    }
    return (options.legend ? time_text("%Y-%m-%d %H:%M:%S", false) + "\n" : "") + table.to_string(titles(options));
}

/// One table. @return false if nobody reads any more
bool print(TrafficReader& reader, const Options& options, bool first) {
    auto traffic = reader.read();
    const auto hidden = hidden_text(traffic, "ioprioctl list --watch");
    std::erase_if(traffic.rows, [&](TrafficRow& row) { return !reader.describe(row) || !is_of_interest(row); });
    sort(traffic.rows, TrafficOrder::total);
    const bool json = options.json != JsonStyle::none;
    const auto text = json ? json_of(traffic, options) : (first ? "" : "\n") + table_of(traffic, options);
    if (!write_all(text)) {
        return false;
    }
    if (first && !json && !options.quiet && !hidden.empty()) {
        complain(hidden);
    }
    return true;
}

}  // namespace

int watch(const Options& options) {
    const EndingSignals signals;
    // A reader that has gone is an end like any other.
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));  // NOLINT(*-cstyle-cast)
    TrafficReader reader;
    static_cast<void>(reader.read());
    auto next = Clock::now();
    for (unsigned printed = 0; options.count == 0 || printed < options.count; ++printed) {
        // After a pause (a stop, a slow reader) the rhythm begins anew.
        next = std::max(next + options.interval, Clock::now());
        if (!wait_until(next, signals) || !print(reader, options, printed == 0)) {
            break;
        }
    }
    return exit_ok;
}

}  // namespace iopriority::cli
