// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The command line, understood.
#pragma once

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

}  // namespace iopriority::cli
