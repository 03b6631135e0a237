// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/line.hpp"

#include <getopt.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "cli/arguments.hpp"
#include "cli/layout.hpp"
#include "cli/messages.hpp"
#include "cli/suggestion.hpp"
#include "cli/translation.hpp"

namespace iopriority::cli {

namespace {

/// The value of an option that accepts only a few words.
/// @param option as written before the word, such as "--via "
template <typename T>
T choice(const std::string& option, const std::string& word,
         std::initializer_list<std::pair<std::string_view, T>> choices) {
    for (const auto& [text, value] : choices) {
        if (word == text) {
            return value;
        }
    }
    throw UsageError(tr("%1 is not known: use %2", option + shown(word),
                        values::joined(choices, ", ", &std::pair<std::string_view, T>::first)));
}

template <bool Options::*Flag, bool Value = true>
void set_flag(Line& line, const char* /*value*/) {
    line.options.*Flag = Value;
}

template <Target::Kind Kind>
void add_named(Line& line, const char* value) {
    line.options.named.push_back({Kind, value});
}

template <Target::Kind Kind>
void name_for_ionice(Line& line, const char* value) {
    if (line.options.ionice.first) {
        throw UsageError(tr("give only one of -p, -P and -u, once: further ids follow the first"));
    }
    line.options.ionice.first = Named{Kind, value};
}

/// How much is printed.
template <bool Verbose>
void set_volume(Line& line, const char* /*value*/) {
    line.options.verbose = Verbose;
    line.options.quiet = !Verbose;
}

void take_json(Line& line, const char* value) {
    line.options.json = choice<JsonStyle>(
        "--json=", value, {{"short", JsonStyle::one_line}, {"pretty", JsonStyle::pretty}, {"off", JsonStyle::none}});
}

void take_via(Line& line, const char* value) {
    line.options.route = choice<Route>(
        "--via ", value,
        {{"auto", Route::kernel_first}, {"kernel", Route::kernel_only}, {"service", Route::service_only}});
}

void take_host(Line& line, const char* value) {
    line.options.host = value;
    if (line.options.host.empty() || line.options.host.front() == '-') {  // ssh must not take it for an option
        throw UsageError(tr("host %1 is not valid: use HOST or USER@HOST", shown(value)));
    }
}

void take_watch(Line& line, const char* value) {
    line.options.watch = true;
    if (value != nullptr) {
        line.options.interval = parse_seconds("--watch=", value);
    }
}

void take_count(Line& line, const char* value) {
    line.options.count = parse_number(value).value_or(0);
    if (line.options.count == 0) {
        throw UsageError(tr("%1 is not a number greater than 0", "--count " + shown(value)));
    }
}

struct Row {
    std::string_view name;  ///< empty: it has only a letter
    int argument;           ///< as in getopt
    char letter;            ///< 0: none
    Special special;        ///< which commands accept it
    const char* form;       ///< for the help; empty: not listed
    const char* text;       ///< translatable
    void (*take)(Line& line, const char* value);
};

constexpr char none = 0;
constexpr auto rows = std::to_array<Row>({
    {"help", no_argument, 'h', Special::nothing, "-h, --help", translatable("show this, or the help of a command"),
     [](Line& line, const char*) { line.help = true; }},
    {"quiet", no_argument, 'q', Special::quiet, "-q, --quiet", translatable("do not report changes"),
     set_volume<false>},
    {"verbose", no_argument, 'v', Special::verbose, "-v, --verbose",
     translatable("report changes even without a terminal, and who made them"), set_volume<true>},
    {"no-ask-password", no_argument, none, Special::ask, "    --no-ask-password",
     translatable("never ask for a password"), set_flag<&Options::ask_password, false>},
    {"via", required_argument, none, Special::via, "    --via WHO",
     translatable("kernel: do only what this user may do by system call; service: always use the service; auto (the "
                  "default): use the service if the kernel refuses"),
     take_via},
    {"version", no_argument, 'V', Special::nothing, "-V, --version", translatable("show the version"),
     [](Line& line, const char*) { line.version = true; }},
    {"", no_argument, 'j', Special::json, "", "",
     [](Line& line, const char*) {
         line.options.json = ::isatty(STDOUT_FILENO) == 1 ? JsonStyle::pretty : JsonStyle::one_line;
     }},
    {"json", required_argument, none, Special::json, "-j, --json=STYLE",
     translatable("print JSON: short, pretty or off; -j is pretty at a terminal, short elsewhere"), take_json},
    {"no-legend", no_argument, none, Special::table, "    --no-legend", translatable("leave out the titles of tables"),
     set_flag<&Options::legend, false>},
    {"host", required_argument, 'H', Special::host, "-H, --host USER@HOST",
     translatable("use the service of another machine, over ssh"), take_host},
    {"dry-run", no_argument, none, Special::dry_run, "    --dry-run",
     translatable("show what would be done and what polkit would be asked; change nothing"),
     set_flag<&Options::dry_run>},
    {"tree", no_argument, none, Special::target, "    --tree", translatable("each PID with all its descendants"),
     set_flag<&Options::tree>},
    {"group", required_argument, none, Special::target, "    --group PGID",
     translatable("all processes of a process group"), add_named<Target::Kind::group>},
    {"unit", required_argument, none, Special::target, "    --unit NAME",
     translatable("all processes of a running systemd unit, such as borgmatic.service; systemd itself changes the I/O "
                  "priority of a unit only at its next start"),
     add_named<Target::Kind::unit>},
    {"user-unit", required_argument, none, Special::target, "    --user-unit NAME",
     translatable("the same for a unit of your user manager"), add_named<Target::Kind::user_unit>},
    {"user", required_argument, none, Special::target, "    --user USER",
     translatable("all processes that a user has now"), add_named<Target::Kind::user>},
    {"keep-explicit", no_argument, none, Special::keep_explicit, "    --keep-explicit",
     translatable("skip threads that have a priority of their own"), set_flag<&Options::keep_explicit>},
    {"hold", no_argument, none, Special::hold, "    --hold",
     translatable("the service holds the priority: ioprioctl waits for the command; if ioprioctl is killed, the "
                  "command goes on without the priority. Options come before CLASS."),
     set_flag<&Options::hold>},
    {"udev-rule", no_argument, none, Special::udev_rule, "    --udev-rule",
     translatable("print only a udev rule that chooses a scheduler which honours priorities, for "
                  "/etc/udev/rules.d/99-iopriority-scheduler.rules"),
     set_flag<&Options::udev_rule>},
    {"watch", optional_argument, none, Special::watch, "    --watch[=SECONDS]",
     translatable("print a table or JSON object every 2 seconds, or every SECONDS; it also has the processes that read "
                  "from disks or write to them, in bytes a second (K is 1024), the busiest first"),
     take_watch},
    {"count", required_argument, none, Special::watch, "    --count N", translatable("end after N tables"), take_count},
    {"interval", required_argument, none, Special::interval, "    --interval SECONDS",
     translatable("time between updates; 2 by default"),
     [](Line& line, const char* value) { line.options.interval = parse_seconds("--interval ", value); }},
    {"class", required_argument, 'c', Special::ionice, "", "",
     [](Line& line, const char* value) { line.options.ionice.io_class = value; }},
    {"classdata", required_argument, 'n', Special::ionice, "", "",
     [](Line& line, const char* value) { line.options.ionice.level = value; }},
    {"pid", required_argument, 'p', Special::ionice, "", "", name_for_ionice<Target::Kind::process>},
    {"pgid", required_argument, 'P', Special::ionice, "", "", name_for_ionice<Target::Kind::group>},
    {"uid", required_argument, 'u', Special::ionice, "", "", name_for_ionice<Target::Kind::user>},
    {"ignore", no_argument, 't', Special::ionice, "", "",
     [](Line& line, const char*) { line.options.ionice.ignore = true; }},
});

/// They may also come before the command. A command that has no use for one of them ignores it.
constexpr Special common = Special::quiet | Special::verbose | Special::table | Special::via | Special::ask |
                           Special::json | Special::dry_run | Special::host;

constexpr int first_code = 256;  // what getopt returns for options without a letter

int code_of(const Row& row) {
    return row.letter != none ? row.letter : first_code + static_cast<int>(&row - rows.data());
}

const Row* find_row(int code) {
    const auto* const found = std::ranges::find(rows, code, code_of);
    return found != rows.end() ? found : nullptr;
}

std::string name_of(int code) {
    return "--" + std::string(find_row(code)->name);
}

/// All options that have a letter, in the form that getopt takes.
std::string letters() {
    std::string text;
    for (const auto& row : rows) {
        if (row.letter != none) {
            text += row.letter;
            text += row.argument == required_argument ? ":" : "";
        }
    }
    return text;
}

/// All options that have a name, in the form that getopt_long takes.
std::vector<option> long_options() {
    std::vector<option> all;
    for (const auto& row : rows) {
        if (!row.name.empty()) {
            all.push_back({row.name.data(), row.argument, nullptr, code_of(row)});
        }
    }
    all.push_back({});
    return all;
}

const Command* find_command(const Arguments& words) {
    const auto& name = words.front();
    const auto& all = commands();
    const auto found = std::ranges::find(all, name, &Command::name);
    if (found == all.end()) {
        throw UsageError(tr("command %1 is not known", shown(name)) + suggestion(words));
    }
    return *found;
}

UsageError not_for(const Line& line, const std::string& option) {
    const auto& name = line.command->name;
    return UsageError(name.empty() ? tr("option %1 needs a command", option)
                                   : tr("option %1 cannot be used with %2", option, name));
}

/// An option of ionice(1) selects its syntax, unless there is a command already.
void select_ionice(Line& line, const std::string& option) {
    if (line.command != nullptr && line.command != &ionice_command) {
        throw UsageError(tr("option %1 is one of ionice's, which are used without a command: %2", option,
                            "ioprioctl -c idle -p PID"));
    }
    line.command = &ionice_command;
}

void take(int code, Line& line) {
    const auto& row = *find_row(code);
    if (row.special == Special::ionice) {
        select_ionice(line, name_of(code));
    } else if (row.special != Special::nothing && !contains(common, row.special) &&
               (line.command == nullptr || !contains(line.command->accepts, row.special))) {
        throw line.command == nullptr || line.command->name.empty()
            ? UsageError(tr("option %1 must follow a command", name_of(code)))
            : not_for(line, name_of(code));
    }
    row.take(line, optarg);
}

/// @param found what getopt returned: ":" if the option needs a value, "?" if it is not known or takes none
UsageError refusal(int found, const std::vector<char*>& argv, Line& line) {
    const auto* const row = find_row(optopt);
    if (row != nullptr && row->special == Special::ionice) {
        select_ionice(line, name_of(optopt));
    }
    if (found == ':') {
        const auto name = name_of(optopt);
        return UsageError(name == "--via" ? tr("option %1 needs a value: auto, kernel or service", name)
                                          : tr("option %1 needs a value", name));
    }
    // A letter may be one of several in a word that getopt has not finished.
    const bool letter = optopt > 0 && row == nullptr;
    return UsageError(tr(
        "option %1 is not known, or takes no value",
        shown(letter ? std::string{'-', static_cast<char>(optopt)} : argv.at(static_cast<std::size_t>(optind) - 1))));
}

/// Reads options after words[0] (which is skipped) into the line, as far as `mode` lets getopt go.
/// @return the remaining words.
Arguments read_options(Arguments& words, const std::string& mode, Line& line) {
    static const auto options = long_options();
    const auto argv = pointers_to(words);
    const int argc = static_cast<int>(words.size());
    opterr = 0;
    optind = 0;  // glibc: start over
    // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread
    for (int found = 0; (found = ::getopt_long(argc, argv.data(), mode.c_str(), options.data(), nullptr)) != -1;) {
        if (found == ':' || found == '?') {
            throw refusal(found, argv, line);
        }
        take(found, line);
    }
    return {argv.begin() + optind, argv.begin() + argc};
}

/// A command with its options and arguments; "help VERB" is "VERB --help".
void read_command(Line& line) {
    auto rest = std::exchange(line.arguments, {});
    if (rest.front() == "help") {
        line.help = true;
        rest.erase(rest.begin());
        if (rest.empty() || rest.front() == "help") {
            return;
        }
    }
    line.command = find_command(rest);
    // Options of hold stand anywhere before the command that it runs.
    const auto dashes = line.command == &hold_command ? std::find(rest.begin(), rest.end(), "--") : rest.end();
    const Arguments others(dashes, rest.end());
    rest.erase(dashes, rest.end());
    const bool in_order = line.command->failure_status != 0 && line.command != &hold_command;
    line.arguments = read_options(rest, (in_order ? "+:" : ":") + letters(), line);
    line.arguments.insert(line.arguments.end(), others.begin(), others.end());
}

/// Options that may come before a command but are not accepted by every command.
void check_fitting(const Line& line) {
    const auto& options = line.options;
    const auto accepts = line.command->accepts;
    if (options.json != JsonStyle::none && !contains(accepts, Special::json)) {
        throw not_for(line, "--json");
    }
    if (!options.host.empty() && !contains(accepts, Special::host)) {
        throw UsageError(tr("%1: write %2", not_for(line, "--host").what(),
                            "ssh -t ssh://" + options.host + " ioprioctl " + std::string(line.command->name)));
    }
    if (!options.host.empty() && (options.dry_run || options.route == Route::kernel_only)) {
        throw UsageError(
            tr("with --host everything goes through the service there: leave out --dry-run and --via kernel"));
    }
    if (options.dry_run && !contains(accepts, Special::dry_run)) {
        throw not_for(line, "--dry-run");
    }
}

}  // namespace

std::string help_of_options(const Command* command) {
    constexpr std::size_t column = 26;
    constexpr std::size_t widest = 80;
    std::string all;
    for (const auto& row : rows) {
        const auto of = command != nullptr ? command->accepts : common;
        if (*row.text == '\0' || (row.special != Special::nothing && !contains(of, row.special))) {
            continue;
        }
        std::string start = std::string("  ") + row.form;
        for (const auto& line : lines_of(tr(row.text), widest - column, LongWords::kept)) {
            all += padded(start, column, false) + line + '\n';
            start.clear();
        }
    }
    return all;
}

void Line::read(Arguments words) {
    // By that name, as a link, it has no commands.
    if (const auto name = words.empty() ? "" : words.front(); name.substr(name.rfind('/') + 1) == "ionice") {
        command = &ionice_command;
    }
    arguments = read_options(words, "+:" + letters(), *this);
    if (command == &ionice_command || arguments.empty()) {
        command = help || version ? nullptr : &ionice_command;
    } else {
        read_command(*this);
    }
    if (!help && !version) {
        check_fitting(*this);
    }
}

}  // namespace iopriority::cli
