// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// What ioprioctl monitor draws, and what its keys do.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/ending_signals.hpp"
#include "cli/layout.hpp"
#include "cli/messages.hpp"
#include "cli/monitor.hpp"
#include "cli/terminal.hpp"
#include "cli/translation.hpp"

namespace iopriority::cli {

namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* keys_line =
    // Translators: entries are parted by two blanks; the last are left out where the terminal is narrow.
    translatable("q quit  ? help  i idle  b best-effort  r realtime  n none  +/- level  u mine  s order");

std::string seconds_text(std::chrono::milliseconds time) {
    std::ostringstream text;
    text.precision(7);  // 3599.999
    text << std::chrono::duration<double>(time).count();
    return text.str();
}

class Monitor {
 public:
    explicit Monitor(const Options& options) : options_(options) {}

    int run() {
        look();
        status_ = hidden_;
        // Shows the first rates soon, then updates once per interval.
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
        time_ = time_text("%H:%M:%S");
    }

    void wait() {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_ - Clock::now()).count();
        std::array<pollfd, 2> events{{{STDIN_FILENO, POLLIN, 0}, {signals_.fd(), POLLIN, 0}}};
        static_cast<void>(::poll(events.data(), events.size(), static_cast<int>(std::max<decltype(left)>(left, 0))));
        over_ |= signals_.take() != 0;
        bool any = false;
        for (int key = ERR; !over_ && (key = terminal_->key()) != ERR;) {
            any = true;
            press(key);
        }
        // A terminal that is gone polls as readable but delivers nothing.
        over_ |= !any && (events[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
    }

    /// What each key does.
    std::map<int, std::function<void()>> keys() {
        constexpr unsigned usual_level = 4;
        const auto move = [this](int rows) { return [this, rows] { view_.move(rows); }; };
        const auto set = [this](Priority wanted) {
            return [this, wanted] { change_selected([&](const TrafficRow&) { return std::optional(wanted); }); };
        };
        const auto step = [this](int levels) {
            return [this, levels] {
                change_selected(
                    [&](const TrafficRow& row) { return one_level_from(row.details.value_or(Details{}), levels); });
            };
        };
        return {
            {'q', [this] { over_ = true; }},
            {'?', [this] { help_ = true; }},
            {'h', [this] { help_ = true; }},
            {'u', [this] { view_.show_only(view_.only() ? std::nullopt : std::optional(::getuid())); }},
            {'s', [this] { view_.next_order(); }},
            {KEY_UP, move(-1)},
            {'k', move(-1)},
            {KEY_DOWN, move(1)},
            {'j', move(1)},
            {KEY_PPAGE, [this] { view_.move_page(-1); }},
            {KEY_NPAGE, [this] { view_.move_page(1); }},
            {KEY_HOME, [this] { view_.move_to_end(-1); }},
            {KEY_END, [this] { view_.move_to_end(1); }},
            {'i', set(Priority::idle())},
            {'b', set(Priority::best_effort(usual_level))},
            {'r', set(Priority::realtime(usual_level))},
            {'n', set(Priority::none())},
            {'d', set(Priority::none())},
            {'+', step(-1)},
            {'=', step(-1)},
            {'-', step(1)},
        };
    }

    void press(int key) {
        if (help_ && key != KEY_RESIZE) {
            help_ = false;
        } else if (const auto action = keys_.find(key); action != keys_.end()) {
            action->second();
        }
    }

    /// @param wanted the priority for that row; nothing if it has no levels
    void change_selected(const std::function<std::optional<Priority>(const TrafficRow&)>& wanted) {
        const auto* row = view_.selected();
        if (row == nullptr) {
            status_ = tr("no process is selected: choose one with the arrow keys");
        } else if (const auto priority = wanted(*row)) {
            change(*row, *priority);
        } else {
            status_ = tr("%1 has no levels: press b for best-effort", priority_text(*row));
        }
    }

    void change(const TrafficRow& chosen, Priority wanted) {
        const auto row = chosen;  // a copy: the row is read again below
        status_ = tr("setting process %1 (%2) to %3", row.pid, row.name, wanted.to_string());
        draw();
        bool left = false;
        const auto give_terminal = [&] {
            left = true;
            terminal_->give_away();
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
            terminal_->come_back();
            // An interrupt during the dialog was meant for the dialog.
            for (int signal = 0; (signal = signals_.take()) != 0;) {
                over_ |= signal != SIGINT;
            }
        }
        view_.forget_selected();
    }

    void draw() {
        terminal_->clear();
        const int height = terminal_->height();
        const auto width = terminal_->width();
        constexpr std::size_t most_status = 4;
        auto status = lines_of(status_, width, LongWords::cut);
        status.resize(std::min({status.size(), most_status, static_cast<std::size_t>(std::max(height - 4, 0))}));
        const int below = static_cast<int>(status.size()) + 1;
        const int first = options_.legend ? 2 : 1;
        view_.set_room(static_cast<std::size_t>(std::max(height - first - below, 1)));
        put_line(0, headline(), A_BOLD);
        view_.describe_in_sight([this](TrafficRow& row) { reader_.describe(row); });
        if (help_) {
            draw_help(height - below);
        } else {
            if (options_.legend) {
                put_cells(1, {"PID", "USER", "PRIORITY", "READ/s", "WRITE/s", "COMMAND"}, A_REVERSE, false);
            }
            draw_rows(first, height - below);
        }
        for (std::size_t i = 0; i < status.size(); ++i) {
            put_line(height - below + static_cast<int>(i), status[i]);
        }
        put_line(height - 1, help_ ? tr("Press any key to go back.") : entries_within(tr(keys_line), width), A_REVERSE);
        terminal_->show();
    }

    /// A line, cut off at the width of the terminal. @param manner an attribute such as A_BOLD, up to the right edge
    void put_line(int y, std::string_view text, attr_t manner = A_NORMAL) const {
        terminal_->put(y, padded(text, terminal_->width(), false), manner);
    }

    [[nodiscard]] std::string headline() const {
        return "ioprioctl monitor  " + time_ + "  " + tr("every %1 s", seconds_text(options_.interval)) + "  " +
               order_text(view_.order()) + "  " + processes(static_cast<unsigned>(view_.rows().size())) +
               (view_.only() ? "  " + tr("yours only") : "");
    }

    void draw_help(int end) const {
        const auto width = terminal_->width();
        std::istringstream text(tr(monitor_command.details));
        int y = 1;
        for (std::string line; std::getline(text, line);) {
            const bool fits = cli::width(line) <= width;
            for (const auto& part : fits ? std::vector{line} : lines_of(line, width, LongWords::cut)) {
                if (y < end) {
                    put_line(y++, part);
                }
            }
        }
    }

    void draw_rows(int y, int end) const {
        const auto& rows = view_.rows();
        for (auto i = view_.top(); y < end && i < rows.size(); ++i, ++y) {
            const auto& row = rows[i];
            const bool selected = view_.is_selected(row);
            put_cells(y, cells_of(row), selected ? A_STANDOUT : A_NORMAL, selected);
        }
    }

    /// The cells of a row, each in its column; the last one gets the remaining width. If that is too little, the user
    /// is left out.
    void put_cells(int y, const std::array<std::string, 6>& texts, attr_t manner, bool selected) const {
        constexpr std::array<std::size_t, 5> wide{7, 10, 20, 7, 7};
        constexpr std::array<std::size_t, 5> narrow{7, 0, 13, 7, 7};
        constexpr std::array<bool, 5> right{true, false, false, true, true};
        constexpr std::size_t enough = 76;
        const auto& widths = terminal_->width() < enough ? narrow : wide;
        std::string line(1, selected ? '>' : ' ');
        for (std::size_t i = 0; i < widths.size(); ++i) {
            line += widths.at(i) > 0 ? padded(texts.at(i), widths.at(i), right.at(i)) + "  " : "";
        }
        put_line(y, line + texts.back(), manner);
    }

    const Options& options_;
    EndingSignals signals_;
    std::unique_ptr<Terminal> terminal_ = take_terminal();
    Client client_;
    TrafficReader reader_;
    MonitorView view_;
    std::string status_;
    std::string hidden_;
    std::string time_;
    Clock::time_point next_;
    const std::map<int, std::function<void()>> keys_ = keys();
    bool help_ = false;
    bool over_ = false;
};

}  // namespace

int show_monitor(const Options& options) {
    return Monitor(options).run();
}

}  // namespace iopriority::cli
