// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/options.hpp"

#include <charconv>
#include <cmath>
#include <string_view>
#include <system_error>

namespace iopriority::service {

namespace {

constexpr double longest_seconds = 86'400;

Expected<std::chrono::milliseconds> parse_seconds(std::string_view text) {
    double seconds = -1;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), seconds, std::chars_format::fixed);
    if (error != std::errc{} || end != text.data() + text.size() || !(seconds >= 0) || seconds > longest_seconds) {
        return Failure{ErrorCode::invalid_argument,
                       "--idle-timeout=" + std::string(text) + " is not a number of seconds from 0 (never) to 86400"};
    }
    // At least a millisecond, unless it is 0 (never).
    const auto milliseconds = static_cast<std::int64_t>(std::ceil(seconds * 1000));
    return std::chrono::milliseconds(milliseconds);
}

}  // namespace

Expected<Options> parse_options(const std::vector<std::string>& arguments) {
    constexpr std::string_view idle = "--idle-timeout";
    Options options;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string_view argument = arguments[i];
        if (argument == "--help" || argument == "-h") {
            options.task = Options::Task::help;
            return options;
        }
        if (argument == "--version") {
            options.task = Options::Task::version;
            return options;
        }
        if (!argument.starts_with(idle) || (argument.size() > idle.size() && argument[idle.size()] != '=')) {
            return Failure{ErrorCode::invalid_argument, "argument " + arguments[i] + " is not known; see --help"};
        }
        if (argument.size() == idle.size() && i + 1 == arguments.size()) {
            return Failure{ErrorCode::invalid_argument, "--idle-timeout needs a number of seconds"};
        }
        const auto seconds = parse_seconds(argument.size() == idle.size() ? std::string_view(arguments[++i])
                                                                          : argument.substr(idle.size() + 1));
        if (!seconds) {
            return seconds.failure();
        }
        options.idle_timeout = *seconds;
    }
    return options;
}

const char* help_text() noexcept {
    return "Usage: iopriorityd [--idle-timeout=SECONDS]\n"
           "Sets and reads I/O priorities, as org.example.IoPriority on the system bus.\n"
           "The bus starts it when it is called; there is no need to start it by hand.\n"
           "\n"
           "  --idle-timeout=SECONDS  exit after so long without a call (default 60; 0: never)\n"
           "  --version               print the version and exit\n"
           "  -h, --help              print this and exit\n";
}

}  // namespace iopriority::service
