// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The command line, parsed.
#pragma once

#include <string>

#include "cli/command.hpp"

namespace iopriority::cli {

struct Line {
    const Command* command = nullptr;  ///< null for help or version alone, and while it is not known
    Options options;
    Arguments arguments;
    bool help = false;
    bool version = false;

    /// Parses the command line. Options may come before the command and anywhere after it, except for the command that
    /// runs a program: there they end at the first argument. After an error, `command` is the one whose help says more.
    /// @param words the program's name first.
    /// @throws UsageError
    void read(Arguments words);
};

/// One or more lines for each option of the command; without a command, for those that may come before any.
[[nodiscard]] std::string help_of_options(const Command* command);

/// What --help prints, and the help of a command.
///@{
[[nodiscard]] std::string help();
[[nodiscard]] std::string help(const Command& command);
///@}

/// ioprioctl is two programs built from one source. The one in PATH does what needs only the kernel, and loads nothing
/// else: loading the D-Bus libraries, which a change of one's own process does not need, takes three times as long as
/// all the rest. For everything else it executes the full program.
///
/// Called before anything is done: passes a command line that may need the bus to the full program, and returns if this
/// program can start with it. (If the kernel refuses later, the full program starts over.)
/// @throws Error if the full program cannot be run.
void choose_program(const Line& line, char** argv);

}  // namespace iopriority::cli
