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

/// The terminal, in curses' hands. Given back by the destructor.
class Terminal : public NotCopyable {
 public:
    /// @throws UsageError if it is of a type that cannot show this.
    Terminal();
    ~Terminal();

    /// Gives it to somebody else for a while.
    static void leave();
    /// Draws all anew, and forgets what was typed meanwhile.
    static void come_back();

    [[nodiscard]] static int height();
    /// @return at least 1
    [[nodiscard]] static std::size_t width();

    /// From the first column on, cut off where the terminal ends. @param manner such as A_BOLD
    static void put(int y, std::string_view text, attr_t manner = A_NORMAL);
    /// A line in one manner to its end.
    static void put_line(int y, std::string_view text, attr_t manner);

 private:
    SCREEN* screen_ = nullptr;
};

}  // namespace iopriority::cli
