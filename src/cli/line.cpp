// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/line.hpp"

#include <getopt.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <string_view>
#include <utility>

#include "cli/arguments.hpp"
#include "cli/ionice.hpp"
#include "cli/messages.hpp"
#include "cli/option_table.hpp"
#include "cli/suggestion.hpp"
#include "cli/translation.hpp"

namespace iopriority::cli {

namespace {

constexpr const char* ionice_example = "ioprioctl -c idle -p PID";

/// The value of an option that is one of a few words.
/// @param option as it stands before the word, such as "--via "
template <typename T>
T choice(const std::string& option, const std::string& word,
         std::initializer_list<std::pair<std::string_view, T>> choices, const Command* command) {
    std::string known;
    std::size_t left = choices.size();
    for (const auto& [text, value] : choices) {
        if (word == text) {
            return value;
        }
        if (known.empty()) {
            known = text;
        } else if (--left > 1) {
            known += ", " + std::string(text);
        } else {
            // Translators: "auto, kernel or service"
            known = tr("%1 or %2", known, text);
        }
    }
    throw LineError(tr("%1 is not known: use %2", option + shown(word), known), command);
}

/// ssh is to take it for a host.
std::string host_of(const std::string& word, const Command* command) {
    if (word.empty() || word.front() == '-') {
        throw LineError(tr("host %1 is none: use HOST or USER@HOST", shown(word)), command);
    }
    return word;
}

const Command* find_command(const Arguments& words) {
    const auto& name = words.front();
    const auto& all = commands();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Command* known) { return known->name == name; });
    if (found == all.end()) {
        throw LineError(tr("command %1 is not known", shown(name)) + suggestion(words), nullptr);
    }
    return *found;
}

/// The option that getopt has just refused. A letter may stand among others in a word that is not done with.
std::string rejected(const std::vector<char*>& argv) {
    const bool letter = optopt > 0 && optopt < code::no_ask_password && std::strchr(option_letters, optopt) == nullptr;
    return letter ? std::string{'-', static_cast<char>(optopt)} : argv.at(static_cast<std::size_t>(optind) - 1);
}

std::string spelling_of_ionice(const std::string& option) {
    return tr("option %1 is the spelling of ionice and stands without a command: %2", option, ionice_example);
}

LineError not_for(const Line& line, const std::string& option) {
    const auto& name = line.command->name;
    return {name.empty() ? tr("option %1 is not for lines without a command", option)
                         : tr("option %1 is not for %2", option, name),
            line.command};
}

/// Such an option makes the line one of ionice's, unless there is a command already.
void take_ionice(int option, Line& line) {
    if (line.command != nullptr && line.command != &ionice_command) {
        throw LineError(spelling_of_ionice(name_of(option)), line.command);
    }
    line.command = &ionice_command;
    try {
        take_ionice_word(static_cast<char>(option), optarg != nullptr ? optarg : "", line.options.ionice);
    } catch (const UsageError& error) {
        throw LineError(error.what(), line.command);
    }
}

/// Takes the values of --watch, --interval and --count.
void take_timing(int option, Line& line) {
    const std::string word = optarg != nullptr ? optarg : "";
    if (option == code::count) {
        const auto number = parse_number(word, std::numeric_limits<unsigned>::max());
        if (!number || *number == 0) {
            throw LineError(tr("%1 is not a number from 1 on", "--count " + shown(word)), line.command);
        }
        line.options.count = *number;
        return;
    }
    line.options.watch |= option == code::watch;
    if (optarg == nullptr) {
        return;
    }
    try {
        line.options.interval = parse_seconds(option == code::watch ? "--watch=" : "--interval ", word);
    } catch (const UsageError& error) {
        throw LineError(error.what(), line.command);
    }
}

/// Takes an option that only some commands have.
void take_special(int option, Line& line) {
    if (is_ionice(option)) {
        return take_ionice(option, line);
    }
    const auto special = special_of(option);
    if (line.command == nullptr || !contains(line.command->accepts, special)) {
        throw line.command == nullptr || line.command->name.empty()
            ? LineError(tr("option %1 belongs behind a command", name_of(option)), line.command)
            : not_for(line, name_of(option));
    }
    auto& options = line.options;
    options.tree |= special == Special::tree;
    options.keep_explicit |= special == Special::keep_explicit;
    options.hold |= special == Special::hold;
    options.udev_rule |= special == Special::udev_rule;
    if (special == Special::watch || special == Special::interval) {
        take_timing(option, line);
    }
    if (const auto kind = kind_of(option)) {
        options.named.push_back({*kind, optarg});
    }
}

void take(int option, Line& line) {
    switch (option) {
        case 'h':
            line.help = true;
            break;
        case 'q':
            line.options.quiet = true;
            line.options.verbose = false;
            break;
        case 'v':
            line.options.verbose = true;
            line.options.quiet = false;
            break;
        case 'j':
            line.options.json = ::isatty(STDOUT_FILENO) == 1 ? JsonStyle::pretty : JsonStyle::one_line;
            break;
        case code::json:
            line.options.json = choice<JsonStyle>(
                "--json=", optarg,
                {{"short", JsonStyle::one_line}, {"pretty", JsonStyle::pretty}, {"off", JsonStyle::none}},
                line.command);
            break;
        case code::color:
            line.options.color = choice<Color>(
                "--color=", optarg, {{"auto", Color::automatic}, {"always", Color::always}, {"never", Color::never}},
                line.command);
            break;
        case 'H':
            line.options.host = host_of(optarg, line.command);
            break;
        case code::no_legend:
            line.options.legend = false;
            break;
        case code::dry_run:
            line.options.dry_run = true;
            break;
        case code::no_ask_password:
            line.options.ask_password = false;
            break;
        case code::via:
            line.options.route = choice<Route>(
                "--via ", optarg,
                {{"auto", Route::kernel_first}, {"kernel", Route::kernel_only}, {"service", Route::service_only}},
                line.command);
            break;
        case 'V':
            line.version = true;
            break;
        default:
            take_special(option, line);
    }
}

LineError refusal(int found, const std::vector<char*>& argv, const Line& line) {
    const auto* const command = line.command == nullptr && is_ionice(optopt) ? &ionice_command : line.command;
    if (found == ':') {
        return {optopt == code::via ? tr("option %1 needs a value: auto, kernel or service", name_of(optopt))
                                    : tr("option %1 needs a value", name_of(optopt)),
                command};
    }
    const auto option = shown(rejected(argv));
    if (is_ionice(optopt) && command != &ionice_command) {
        return {spelling_of_ionice(option), command};
    }
    return {tr("option %1 is not known or has a value that it does not take", option), command};
}

/// Reads options from words[0] on (which is skipped), as far as `mode` lets getopt go, into the line.
/// @return what is left.
Arguments read_options(std::vector<std::string>& words, const std::string& mode, Line& line) {
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (auto& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    const int argc = static_cast<int>(words.size());
    opterr = 0;
    optind = 0;  // glibc: begin anew
    // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread
    for (int found = 0; (found = ::getopt_long(argc, argv.data(), mode.c_str(), long_options(), nullptr)) != -1;) {
        if (found == ':' || found == '?') {
            throw refusal(found, argv, line);
        }
        take(found, line);
    }
    return {argv.begin() + optind, argv.begin() + argc};
}

/// Those that may stand before a command and are not for every one.
void check_fitting(const Line& line) {
    const auto& command = *line.command;
    if (line.options.json != JsonStyle::none && !contains(command.accepts, Special::json)) {
        throw not_for(line, "--json");
    }
    if (!line.options.host.empty() && !contains(command.accepts, Special::host)) {
        throw LineError(tr("%1: log in there", not_for(line, "--host").what()), line.command);
    }
    if (!line.options.host.empty() && (line.options.dry_run || line.options.route == Route::kernel_only)) {
        throw LineError(tr("with --host only the service there can tell or change anything: leave out --dry-run and "
                           "--via kernel"),
                        line.command);
    }
    if (line.options.dry_run && !contains(command.accepts, Special::dry_run)) {
        throw not_for(line, "--dry-run");
    }
}

}  // namespace

Line read_line(std::vector<std::string> words) {
    Line line;
    auto rest = read_options(words, "+:" + std::string(option_letters) + ionice_letters, line);
    const bool asks = line.help || line.version;
    if (line.command == &ionice_command || rest.empty()) {
        line.command = asks ? nullptr : &ionice_command;
        line.arguments = std::move(rest);
        if (!asks) {
            check_fitting(line);
        }
        return line;
    }
    if (rest.front() == "help") {  // "help VERB" is "VERB --help"
        line.help = true;
        rest.erase(rest.begin());
        if (rest.empty()) {
            return line;
        }
    }
    line.command = find_command(rest);
    line.arguments = read_options(rest, (line.command->takes_command ? "+:" : ":") + std::string(option_letters), line);
    if (!line.help && !line.version) {
        check_fitting(line);
    }
    return line;
}

}  // namespace iopriority::cli
