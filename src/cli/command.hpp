// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A command of ioprioctl, and how it is called.
#pragma once

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

/// The line cannot be understood: the text says what is wrong with it.
class UsageError : public std::runtime_error {
 public:
    using std::runtime_error::runtime_error;
};

/// What every command accepts.
struct Options {
    Route route = Route::kernel_first;
    bool ask_password = true;
    bool quiet = false;

    /// For calls of the library. polkit may ask a person where there is one: at a terminal.
    [[nodiscard]] CallOptions call() const;
};

using Arguments = std::vector<std::string>;

struct Command {
    std::string_view name;
    std::string_view synopsis;  ///< what stands behind the name
    std::string_view summary;   ///< one line
    std::string_view details;   ///< paragraphs for its help
    /// After the first argument everything belongs to another program.
    bool takes_command;
    /// Of errors of its own, with which a program that it runs must not be confused.
    int failure_status;  // 0: that of the error
    int (*run)(const Options&, const Arguments&);
};

extern const Command get_command;
extern const Command set_command;
extern const Command set_user_command;
extern const Command reset_command;
extern const Command run_command;
extern const Command list_command;
extern const Command devices_command;

/// All of them, in the order of the help.
[[nodiscard]] const std::vector<const Command*>& commands();

}  // namespace iopriority::cli
