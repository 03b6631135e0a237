// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/line.hpp"

#include <getopt.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "cli/messages.hpp"

namespace iopriority::cli {

namespace {

enum : int { no_ask_password = 256, via, version, tree, group, unit, user_unit, user, keep_explicit, hold, udev_rule };

constexpr std::array<option, 14> long_options{{
    {"help", no_argument, nullptr, 'h'},
    {"quiet", no_argument, nullptr, 'q'},
    {"no-ask-password", no_argument, nullptr, no_ask_password},
    {"via", required_argument, nullptr, via},
    {"version", no_argument, nullptr, version},
    {"tree", no_argument, nullptr, tree},
    {"group", required_argument, nullptr, group},
    {"unit", required_argument, nullptr, unit},
    {"user-unit", required_argument, nullptr, user_unit},
    {"user", required_argument, nullptr, user},
    {"keep-explicit", no_argument, nullptr, keep_explicit},
    {"hold", no_argument, nullptr, hold},
    {"udev-rule", no_argument, nullptr, udev_rule},
    {nullptr, 0, nullptr, 0},
}};

Route route_of(const std::string& word, const Command* command) {
    if (word == "auto") {
        return Route::kernel_first;
    }
    if (word == "kernel") {
        return Route::kernel_only;
    }
    if (word == "service") {
        return Route::service_only;
    }
    throw LineError("--via " + shown(word) + " is not known: use auto, kernel or service", command);
}

const Command* find_command(const std::string& name) {
    const auto& all = commands();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Command* known) { return known->name == name; });
    if (found == all.end()) {
        throw LineError("command " + shown(name) + " is not known", nullptr);
    }
    return *found;
}

/// The option that getopt has just refused. A letter may stand among others in a word that is not done with.
std::string rejected(const std::vector<char*>& argv) {
    const bool letter = optopt > 0 && optopt < no_ask_password && std::strchr("hq", optopt) == nullptr;
    return letter ? std::string{'-', static_cast<char>(optopt)} : argv.at(static_cast<std::size_t>(optind) - 1);
}

Special special_of(int option) {
    switch (option) {
        case tree:
            return Special::tree;
        case group:
            return Special::group;
        case unit:
        case user_unit:
            return Special::unit;
        case user:
            return Special::user;
        case keep_explicit:
            return Special::keep_explicit;
        case hold:
            return Special::hold;
        case udev_rule:
            return Special::udev_rule;
        default:
            return Special::nothing;
    }
}

std::optional<Named::Kind> kind_of(int option) {
    switch (option) {
        case group:
            return Named::Kind::group;
        case unit:
            return Named::Kind::unit;
        case user_unit:
            return Named::Kind::user_unit;
        case user:
            return Named::Kind::user;
        default:
            return std::nullopt;
    }
}

std::string name_of(int option) {
    const auto* const found =
        std::find_if(long_options.begin(), long_options.end(), [&](const auto& each) { return each.val == option; });
    return std::string{"--"} + found->name;
}

/// Takes an option that only some commands have.
void take_special(int option, Line& line) {
    const auto special = special_of(option);
    if (line.command == nullptr || !contains(line.command->accepts, special)) {
        throw LineError("option " + name_of(option) +
                            (line.command == nullptr ? " belongs behind a command"
                                                     : " is not for " + std::string(line.command->name)),
                        line.command);
    }
    auto& options = line.options;
    options.tree |= special == Special::tree;
    options.keep_explicit |= special == Special::keep_explicit;
    options.hold |= special == Special::hold;
    options.udev_rule |= special == Special::udev_rule;
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
            break;
        case no_ask_password:
            line.options.ask_password = false;
            break;
        case via:
            line.options.route = route_of(optarg, line.command);
            break;
        case version:
            line.version = true;
            break;
        default:
            take_special(option, line);
    }
}

/// Reads options from words[0] on (which is skipped), as far as `mode` lets getopt go, into the line.
/// @return what is left.
Arguments read_options(std::vector<std::string>& words, const char* mode, Line& line) {
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
    for (int found = 0; (found = ::getopt_long(argc, argv.data(), mode, long_options.data(), nullptr)) != -1;) {
        if (found == ':') {
            throw LineError(
                "option " + name_of(optopt) + " needs a value" + (optopt == via ? ": auto, kernel or service" : ""),
                line.command);
        }
        if (found == '?') {
            throw LineError("option " + shown(rejected(argv)) + " is not known or has a value that it does not take",
                            line.command);
        }
        take(found, line);
    }
    return {argv.begin() + optind, argv.begin() + argc};
}

}  // namespace

Line read_line(std::vector<std::string> words) {
    Line line;
    auto rest = read_options(words, "+:hq", line);
    if (rest.empty()) {
        if (!line.help && !line.version) {
            throw LineError("no command", nullptr);
        }
        return line;
    }
    line.command = find_command(rest.front());
    line.arguments = read_options(rest, line.command->takes_command ? "+:hq" : ":hq", line);
    return line;
}

}  // namespace iopriority::cli
