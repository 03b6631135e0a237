// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The terminal that ioprioctl monitor draws on: ncurses.
#pragma once

// Its macros have names such as "move".
#ifndef NCURSES_NOMACROS
#define NCURSES_NOMACROS 1
#endif
#include <curses.h>

#include <cstddef>
#include <string_view>

#include "values/not_copyable.hpp"

namespace iopriority::cli {

/// The terminal under the control of curses. The destructor restores it.
class Terminal : public NotCopyable {
 public:
    /// @throws UsageError if its type cannot show this.
    Terminal();
    ~Terminal();

    /// After endwin(3), which gives the terminal to another program for a while: redraws everything, and discards what
    /// was typed meanwhile.
    static void come_back();

    /// @return at least 1
    [[nodiscard]] static std::size_t width();

    /// A line, cut off at the width of the terminal. @param manner an attribute such as A_BOLD, up to the right edge
    static void put_line(int y, std::string_view text, attr_t manner = A_NORMAL);

 private:
    SCREEN* screen_ = nullptr;
};

}  // namespace iopriority::cli
