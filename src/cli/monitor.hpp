// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// ioprioctl monitor: a live table at the terminal, with keys to change what is selected.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.hpp"
#include "cli/traffic.hpp"

namespace iopriority::cli {

/// Which processes are shown, in which order, and which of them is selected. Knows no terminal.
class MonitorView {
 public:
    /// Takes what was read last. The selection stays on its process, wherever that is now; with a process that has
    /// ended it goes, so that no key meant for one meets another.
    void update(std::vector<TrafficRow> rows);

    /// How many rows there is room for.
    void set_room(std::size_t rows);

    /// Moves the selection; the first time, to the top row that can be seen.
    void move(std::ptrdiff_t rows);
    void move_page(int pages);
    /// To the first (-1) or the last (1).
    void move_to_end(int which);

    void next_order();
    [[nodiscard]] TrafficOrder order() const noexcept { return order_; }
    /// Shows processes of this user alone; nothing: everybody's.
    void show_only(std::optional<uid_t> uid);
    [[nodiscard]] std::optional<uid_t> only() const noexcept { return only_; }

    /// All that can be scrolled to: processes, and of the kernel's threads those that move something.
    [[nodiscard]] const std::vector<TrafficRow>& rows() const noexcept { return shown_; }
    /// Calls this with each row that has room and no details yet.
    template <typename Describe>
    void describe_in_sight(const Describe& describe) {
        for (std::size_t i = top_; i < shown_.size() && i - top_ < room_; ++i) {
            if (!shown_[i].details) {
                describe(shown_[i]);
            }
        }
    }
    /// Lets the details of the selected row be read anew.
    void forget_selected();

    /// The first that has room.
    [[nodiscard]] std::size_t top() const noexcept { return top_; }
    [[nodiscard]] const TrafficRow* selected() const noexcept;
    [[nodiscard]] bool is_selected(const TrafficRow& row) const noexcept;

 private:
    using Identity = std::pair<pid_t, std::uint64_t>;

    void arrange();
    void select(const TrafficRow& row);
    void scroll();
    [[nodiscard]] std::optional<std::size_t> place() const noexcept;

    std::vector<TrafficRow> all_;
    std::vector<TrafficRow> shown_;
    std::optional<Identity> selected_;
    std::optional<uid_t> only_;
    TrafficOrder order_ = TrafficOrder::total;
    std::size_t top_ = 0;
    std::size_t room_ = 1;
};

/// The priority that is served a level sooner (-1) or later (1) than what is set, or, where nothing is, than what comes
/// of that; nothing if it has no level.
[[nodiscard]] std::optional<Priority> one_level_from(const Details& details, int step);

/// Shows it until the person wants no more. @return the exit status
/// @throws UsageError if the terminal cannot show it.
[[nodiscard]] int show_monitor(const Options& options);

/// Changes the process of a row, and never another one that has its number by now.
/// @param before_asking called before a person may be asked for a password at the terminal
/// @return a line that says what was done
/// @throws Error
[[nodiscard]] std::string change_row(Client& client, const Options& options, const TrafficRow& row, Priority wanted,
                                     const std::function<void()>& before_asking);

}  // namespace iopriority::cli
