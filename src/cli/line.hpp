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

}  // namespace iopriority::cli
