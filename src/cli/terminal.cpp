// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/terminal.hpp"

#include <termcap.h>

#include <algorithm>
#include <cstdlib>

#include "cli/command.hpp"
#include "cli/layout.hpp"
#include "cli/messages.hpp"
#include "cli/translation.hpp"

namespace iopriority::cli {

Terminal::Terminal() {
    const char* name = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
    const std::string_view term = name != nullptr ? name : "";
    // Checked first: newterm() does not free what it has allocated for an unknown terminal.
    const bool known = !term.empty() && term != "dumb" && ::tgetent(nullptr, name) == 1;
    screen_ = known ? ::newterm(nullptr, stdout, stdin) : nullptr;
    if (screen_ == nullptr) {
        throw UsageError(
            tr("a terminal of the type %1 (TERM) cannot show monitor: use %2", shown(term), "ioprioctl list --watch"));
    }
    constexpr int escape_delay_ms = 25;
    ::set_escdelay(escape_delay_ms);
    ::cbreak();
    ::noecho();
    ::keypad(stdscr, true);
    ::nodelay(stdscr, true);
    ::leaveok(stdscr, true);
    ::curs_set(0);
}

Terminal::~Terminal() {
    ::endwin();
    ::delscreen(screen_);
}

void Terminal::come_back() {
    ::flushinp();
    ::clearok(curscr, true);
    ::refresh();
}

std::size_t Terminal::width() {
    return static_cast<std::size_t>(std::max(::getmaxx(stdscr), 1));
}

void Terminal::put_line(int y, std::string_view text, attr_t manner) {
    ::attrset(static_cast<int>(manner));
    ::mvaddstr(y, 0, padded(text, width(), false).c_str());
    ::attrset(A_NORMAL);
}

}  // namespace iopriority::cli
