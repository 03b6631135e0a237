// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include <termcap.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "cli/terminal.hpp"

namespace {

class CursesTerminal final : public iopriority::cli::Terminal {
 public:
    explicit CursesTerminal(SCREEN* screen) : screen_(screen) {
        constexpr int escape_delay_ms = 25;
        ::set_escdelay(escape_delay_ms);
        ::cbreak();
        ::noecho();
        ::keypad(stdscr, true);
        ::nodelay(stdscr, true);
        ::leaveok(stdscr, true);
        ::curs_set(0);
    }

    ~CursesTerminal() override {
        ::endwin();
        ::delscreen(screen_);
    }

    void give_away() override { ::endwin(); }

    void come_back() override {
        ::flushinp();
        ::clearok(curscr, true);
        ::refresh();
    }

    std::size_t width() override { return static_cast<std::size_t>(std::max(::getmaxx(stdscr), 1)); }
    int height() override { return ::getmaxy(stdscr); }
    int key() override { return ::getch(); }
    void clear() override { ::erase(); }

    void put(int y, const std::string& line, attr_t manner) override {
        ::attrset(static_cast<int>(manner));
        ::mvaddstr(y, 0, line.c_str());
        ::attrset(A_NORMAL);
    }

    void show() override { ::refresh(); }

 private:
    SCREEN* screen_;
};

}  // namespace

iopriority::cli::Terminal* ioprioctl_curses_terminal() {
    const char* name = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
    const std::string_view term = name != nullptr ? name : "";
    // Checked first: newterm() does not free what it has allocated for an unknown terminal.
    const bool known = !term.empty() && term != "dumb" && ::tgetent(nullptr, name) == 1;
    SCREEN* screen = known ? ::newterm(nullptr, stdout, stdin) : nullptr;
    return screen != nullptr ? std::make_unique<CursesTerminal>(screen).release() : nullptr;
}
