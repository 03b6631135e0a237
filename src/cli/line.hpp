// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The command line, understood.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"

namespace iopriority::cli {

struct Line {
    const Command* command = nullptr;  ///< none with help or version alone
    Options options;
    Arguments arguments;
    bool help = false;
    bool version = false;
};

/// A usage error, and the command whose help says more, if it was understood that far.
class LineError : public UsageError {
 public:
    LineError(const std::string& message, const Command* command) : UsageError(message), command_(command) {}
    [[nodiscard]] const Command* command() const noexcept { return command_; }

 private:
    const Command* command_;
};

/// Reads the line. Options may stand before the command and anywhere behind it, but for the command that runs a
/// program: there they end with the first argument.
/// @param words the program's name first.
/// @throws LineError
[[nodiscard]] Line read_line(std::vector<std::string> words);

/// A line or more for each option of the command; without one, for those that stand before any command.
[[nodiscard]] std::string help_of_options(const Command* command);

/// What --help prints, and the help of a command.
///@{
[[nodiscard]] std::string help();
[[nodiscard]] std::string help(const Command& command);
///@}

/// ioprioctl is two programs of one source. The one in PATH does what takes the kernel alone, and loads nothing that
/// this does not need: loading the libraries of the bus, which a change of one's own process has no use for, takes
/// three times as long as all the rest. The full program takes its place for everything else.
///
/// Called before anything is done: leaves a line that may take the bus to the full program, and returns if this one can
/// begin with it. (It may turn out later that the kernel refuses; the full program then begins anew.)
/// @throws Error if the full program cannot be run.
void choose_program(const Line& line, char** argv);

}  // namespace iopriority::cli
