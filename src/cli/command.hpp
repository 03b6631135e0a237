// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A command of ioprioctl, and how it is called.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <iopriority/client.hpp>

namespace iopriority::cli {

/// Exit statuses of our own; those of errors are in the one table of errors.
inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;

/// A usage error: the text says what is wrong with the command line.
class UsageError : public std::runtime_error {
 public:
    using std::runtime_error::runtime_error;
};

/// Options that only some commands accept, as bits.
enum class Special : unsigned {
    nothing = 0,
    target = 1,         ///< --tree, --group PGID, --unit NAME, --user-unit NAME, --user USER
    keep_explicit = 2,  ///< --keep-explicit
    hold = 4,           ///< --hold
    udev_rule = 8,      ///< --udev-rule
    json = 16,          ///< --json, -j
    dry_run = 32,       ///< --dry-run
    host = 64,          ///< --host
    watch = 128,        ///< --watch, --count
    interval = 256,     ///< --interval
    ionice = 512,       ///< the options of ionice(1)
    quiet = 1024,       ///< --quiet; this and the following are also accepted where they have no effect
    verbose = 2048,     ///< --verbose
    table = 4096,       ///< --no-legend
    via = 8192,         ///< --via
    ask = 16384,        ///< --no-ask-password
};
[[nodiscard]] constexpr Special operator|(Special a, Special b) {
    return static_cast<Special>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
[[nodiscard]] constexpr bool contains(Special all, Special one) {
    return (static_cast<unsigned>(all) & static_cast<unsigned>(one)) != 0;
}

/// What an option such as --unit names.
struct Named {
    Target::Kind kind = Target::Kind::process;
    std::string name;
};

/// The options of ionice(1), as given on the command line.
struct IoniceWords {
    std::optional<std::string> io_class;  ///< -c
    std::optional<std::string> level;     ///< -n
    std::optional<Named> first;           ///< -p, -P or -u: the others follow it
    bool ignore = false;                  ///< -t
};

/// How JSON is printed; none: text for people instead.
enum class JsonStyle : std::uint8_t { none, one_line, pretty };

/// The options of a command line.
struct Options {
    Route route = Route::kernel_first;
    bool ask_password = true;
    bool quiet = false;
    bool verbose = false;
    bool dry_run = false;
    bool legend = true;
    JsonStyle json = JsonStyle::none;
    bool tree = false;
    bool keep_explicit = false;
    bool hold = false;
    bool udev_rule = false;
    bool watch = false;
    std::chrono::milliseconds interval{2000};  ///< between two updates, of --watch or --interval
    unsigned count = 0;                        ///< how many tables; 0: no limit
    std::string host;                          ///< another machine; empty: this one
    std::vector<Named> named;
    IoniceWords ionice;

    /// For calls of the library. polkit may ask a person only if there is one at a terminal.
    [[nodiscard]] CallOptions call() const;
    /// A client of the machine that the options name.
    [[nodiscard]] Client client() const { return host.empty() ? Client() : Client::on_host(host); }
};

using Arguments = std::vector<std::string>;

/// As for main() and execv(), with a null pointer at the end. @param words must outlive them
[[nodiscard]] inline std::vector<char*> pointers_to(Arguments& words) {
    std::vector<char*> pointers;
    for (auto& word : words) {
        pointers.push_back(word.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

struct Command {
    std::string_view name;
    std::string_view synopsis;  ///< what follows the name
    const char* summary;        ///< one line, translatable
    const char* details;        ///< paragraphs for its help, translatable
    /// Which of the options that not every command accepts.
    Special accepts;
    int (*run)(const Options&, const Arguments&);
    /// Of a command that runs a program, to which everything after the first argument belongs: the exit status of its
    /// own errors, so that they are not mistaken for those of the program. Of others 0: the status of the error.
    int failure_status = 0;
};

extern const Command get_command;
extern const Command set_command;
extern const Command run_command;
extern const Command hold_command;
extern const Command list_command;
extern const Command monitor_command;
extern const Command devices_command;
extern const Command check_command;

/// The syntax of ionice(1), which has no command name and is in no list.
extern const Command ionice_command;

/// All of them, in the order of the help.
[[nodiscard]] const std::vector<const Command*>& commands();

}  // namespace iopriority::cli
