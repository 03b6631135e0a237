// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The terminal that ioprioctl monitor draws on. ncurses is behind it, in a module that is loaded for this alone: it
/// takes a tenth of the time of "ioprioctl set idle PID".
#pragma once

// Its macros have names such as "move"; what is used here are its numbers.
#ifndef NCURSES_NOMACROS
#define NCURSES_NOMACROS 1
#endif
#include <curses.h>

#include <cstddef>
#include <memory>
#include <string>

#include "values/not_copyable.hpp"

namespace iopriority::cli {

/// The terminal under the control of curses. The destructor restores it.
class Terminal : public Interface {
 public:
    /// Gives it to another program for a while.
    virtual void give_away() = 0;
    /// After that: redraws everything, and discards what was typed meanwhile.
    virtual void come_back() = 0;

    /// @return at least 1
    [[nodiscard]] virtual std::size_t width() = 0;
    [[nodiscard]] virtual int height() = 0;

    /// What was typed, without waiting; ERR: nothing.
    [[nodiscard]] virtual int key() = 0;

    virtual void clear() = 0;
    /// @param line as wide as the terminal. @param manner an attribute such as A_BOLD
    virtual void put(int y, const std::string& line, attr_t manner) = 0;
    /// Shows what was put since clear().
    virtual void show() = 0;
};

/// Takes the terminal. @throws UsageError if its type cannot show this.
[[nodiscard]] std::unique_ptr<Terminal> take_terminal();

}  // namespace iopriority::cli

/// Of the module. @return owned by the caller; null if the type of the terminal cannot show this
extern "C" __attribute__((visibility("default"))) iopriority::cli::Terminal* ioprioctl_curses_terminal();
