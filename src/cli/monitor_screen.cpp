// SPDX-License-Identifier: LGPL-2.1-or-later
// What ioprioctl monitor draws, and what its keys do.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>

#include "cli/cells.hpp"
#include "cli/ending_signals.hpp"
#include "cli/messages.hpp"
#include "cli/monitor.hpp"
#include "cli/monitor_view.hpp"
#include "cli/reading.hpp"
#include "cli/terminal.hpp"
#include "cli/translation.hpp"

namespace iopriority::cli {

namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* keys_line =
    // Translators: entries are parted by two blanks; the last are left out where the terminal is narrow.
    translatable("q quit  ? help  i idle  b best-effort  r realtime  n none  +/- level  u mine  s order");

constexpr const char* help_text =
    // Translators: at most 79 columns a line
    translatable(R"(up, down, k, j       select a process, and stay with it wherever its row goes
page up, page down   a screen further; home, end: to the first, to the last
i                    idle: served when nobody else wants the disk
b                    best-effort, level 4: the usual class
r                    realtime, level 4: served before everybody else
n, d                 none: takes the priority away again
+  -                 one level sooner, one level later
u                    only your own processes, or all
s                    order: by traffic, reads, writes, process id
q                    quit

READ/s and WRITE/s are bytes a second (K is 1024). "-" is not known.
What is written is counted when the page cache takes it.
What is changed is changed for all threads of the process.
Any key goes back.)");

std::string clock_text() {
    std::array<char, 16> text{};
    const std::time_t now = std::time(nullptr);
    tm parts{};
    ::localtime_r(&now, &parts);
    return {text.data(), std::strftime(text.data(), text.size(), "%H:%M:%S", &parts)};
}

std::string seconds_text(std::chrono::milliseconds time) {
    constexpr int second = 1000;
    auto text = std::to_string(time.count() / second);
    if (const auto rest = time.count() % second; rest != 0) {
        text += '.' + std::to_string(second + rest).substr(1);
        text.erase(text.find_last_not_of('0') + 1);
    }
    return text;
}

class Monitor {
 public:
    explicit Monitor(const Options& options) : options_(options) {}

    int run() {
        look();
        status_ = hidden_;
        // The first rates soon; then in the rhythm that is wanted.
        constexpr std::chrono::milliseconds soon{500};
        next_ = Clock::now() + std::min(soon, options_.interval);
        while (!over_) {
            draw();
            wait();
            if (Clock::now() >= next_) {
                look();
                next_ = Clock::now() + options_.interval;
            }
        }
        return exit_ok;
    }

 private:
    void look() {
        auto traffic = reader_.read();
        hidden_ = hidden_text(traffic, "ioprioctl monitor");
        view_.update(std::move(traffic.rows));
        time_ = clock_text();
    }

    void wait() {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_ - Clock::now()).count();
        std::array<pollfd, 2> events{{{STDIN_FILENO, POLLIN, 0}, {signals_.fd(), POLLIN, 0}}};
        static_cast<void>(::poll(events.data(), events.size(), static_cast<int>(std::max<decltype(left)>(left, 0))));
        over_ |= signals_.take() != 0;
        bool any = false;
        for (int key = ERR; !over_ && (key = ::getch()) != ERR;) {
            any = true;
            press(key);
        }
        // A terminal that has gone can be read, and nothing comes.
        over_ |= !any && (events[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
    }

    void press(int key) {
        if (key == KEY_RESIZE) {
            return;
        }
        if (help_) {
            help_ = false;
            return;
        }
        switch (key) {
            case 'q':
                over_ = true;
                break;
            case '?':
            case 'h':
                help_ = true;
                break;
            case 'u':
                view_.show_only(view_.only() ? std::nullopt : std::optional(::getuid()));
                break;
            case 's':
                view_.next_order();
                break;
            default:
                if (!select(key)) {
                    change(key);
                }
        }
    }

    /// @return whether it was a key that selects
    bool select(int key) {
        switch (key) {
            case KEY_UP:
            case 'k':
                view_.move(-1);
                return true;
            case KEY_DOWN:
            case 'j':
                view_.move(1);
                return true;
            case KEY_PPAGE:
                view_.move_page(-1);
                return true;
            case KEY_NPAGE:
                view_.move_page(1);
                return true;
            case KEY_HOME:
                view_.move_to_end(-1);
                return true;
            case KEY_END:
                view_.move_to_end(1);
                return true;
            default:
                return false;
        }
    }

    void change(int key) {
        constexpr std::string_view keys = "ibrnd+=-";
        constexpr unsigned usual_level = 4;
        if (key < ' ' || key > '~' || keys.find(static_cast<char>(key)) == std::string_view::npos) {
            return;
        }
        const auto* row = view_.selected();
        if (row == nullptr) {
            status_ = tr("no process is selected: choose one with the arrow keys");
            return;
        }
        switch (key) {
            case 'i':
                return change(*row, Priority::idle());
            case 'b':
                return change(*row, Priority::best_effort(usual_level));
            case 'r':
                return change(*row, Priority::realtime(usual_level));
            case 'n':
            case 'd':
                return change(*row, Priority::none());
            default:
                break;
        }
        const auto wanted = one_level_from(row->details.value_or(Details{}), key == '-' ? 1 : -1);
        if (!wanted) {
            status_ = tr("%1 has no levels: press b for best-effort", priority_text(*row));
            return;
        }
        change(*row, *wanted);
    }

    void change(const TrafficRow& chosen, Priority wanted) {
        const auto row = chosen;  // it is read anew below
        status_ = tr("setting process %1 (%2) to %3", row.pid, row.command, wanted.to_string());
        draw();
        bool left = false;
        const auto give_terminal = [&] {
            left = true;
            Terminal::leave();
            signals_.let_end(true);
            std::cout << "ioprioctl: " << status_ << '\n' << std::flush;
        };
        try {
            status_ = change_row(client_, options_, row, wanted, give_terminal);
        } catch (const Error& error) {
            status_ = complaint(error, options_, options_.call().interactive);
        }
        if (left) {
            signals_.let_end(false);
            Terminal::come_back();
            // An interrupt of the dialog was meant for the dialog.
            for (int signal = 0; (signal = signals_.take()) != 0;) {
                over_ |= signal != SIGINT;
            }
        }
        view_.forget_selected();
    }

    void draw() {
        ::erase();
        const int height = Terminal::height();
        const auto width = Terminal::width();
        constexpr std::size_t most_status = 4;
        auto status = wrapped(status_, width);
        status.resize(std::min({status.size(), most_status, static_cast<std::size_t>(std::max(height - 4, 0))}));
        const int below = static_cast<int>(status.size()) + 1;
        const int first = options_.legend ? 2 : 1;
        view_.set_room(static_cast<std::size_t>(std::max(height - first - below, 1)));
        Terminal::put_line(0, headline(), A_BOLD);
        view_.describe_in_sight([this](TrafficRow& row) { reader_.describe(row); });
        if (help_) {
            draw_help(height - below);
        } else {
            if (options_.legend) {
                Terminal::put_line(1, "", A_REVERSE);
                put_cells(1, {"PID", "USER", "PRIORITY", "READ/s", "WRITE/s", "COMMAND"}, A_REVERSE, false);
            }
            draw_rows(first, height - below);
        }
        for (std::size_t i = 0; i < status.size(); ++i) {
            Terminal::put(height - below + static_cast<int>(i), status[i]);
        }
        Terminal::put_line(height - 1, entries_within(tr(keys_line), width), A_REVERSE);
        ::refresh();
    }

    [[nodiscard]] std::string headline() const {
        return "ioprioctl monitor  " + time_ + "  " + tr("every %1 s", seconds_text(options_.interval)) + "  " +
               order_text(view_.order()) + "  " + processes(static_cast<unsigned>(view_.rows().size())) +
               (view_.only() ? "  " + tr("yours only") : "");
    }

    static void draw_help(int end) {
        const auto width = Terminal::width();
        std::istringstream text(tr(help_text));
        int y = 1;
        for (std::string line; std::getline(text, line);) {
            for (const auto& part : wrapped(line.empty() ? " " : line, width)) {
                if (y < end) {
                    Terminal::put(y++, part);
                }
            }
        }
    }

    void draw_rows(int first, int end) const {
        const auto& rows = view_.rows();
        for (int y = first; y < end; ++y) {
            const auto i = view_.top() + static_cast<std::size_t>(y - first);
            if (i >= rows.size()) {
                break;
            }
            const auto& row = rows[i];
            const bool selected = view_.is_selected(row);
            if (selected) {
                Terminal::put_line(y, "", A_STANDOUT);
            }
            const auto read = row.rates ? std::optional(row.rates->read) : std::nullopt;
            const auto written = row.rates ? std::optional(row.rates->written) : std::nullopt;
            put_cells(y,
                      {std::to_string(row.pid), row.user, priority_text(row), rate_text(read), rate_text(written),
                       row.command},
                      selected ? A_STANDOUT : A_NORMAL, selected);
        }
    }

    /// The cells of a row, each in its column; the last has what is left.
    static void put_cells(int y, const std::array<std::string, 6>& texts, attr_t manner, bool selected) {
        constexpr std::array<std::size_t, 5> widths{7, 10, 20, 7, 7};
        constexpr std::array<bool, 5> right{true, false, false, true, true};
        std::wstring line(1, selected ? L'>' : L' ');
        for (std::size_t i = 0; i < widths.size(); ++i) {
            line += padded(texts.at(i), widths.at(i), right.at(i)) + L"  ";
        }
        const auto used = cells_of(line);
        const auto width = Terminal::width();
        line += used < width ? fitted(texts.back(), width - used) : L"";
        Terminal::put(y, cut(line, width), manner);
    }

    const Options& options_;
    EndingSignals signals_;
    Terminal terminal_;
    Client client_;
    TrafficReader reader_;
    MonitorView view_;
    std::string status_;
    std::string hidden_;
    std::string time_;
    Clock::time_point next_;
    bool help_ = false;
    bool over_ = false;
};

}  // namespace

int show_monitor(const Options& options) {
    return Monitor(options).run();
}

}  // namespace iopriority::cli
