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

/// Which processes are shown, in which order, and which of them is selected. Independent of the terminal.
class MonitorView {
 public:
    /// Takes the latest rows. The selection stays on its process, wherever that is now. If the process has ended,
    /// nothing is selected, so that a key meant for one process never acts on another.
    void update(std::vector<TrafficRow> rows);

    /// How many rows fit on the screen.
    void set_room(std::size_t rows);

    /// Moves the selection; the first time, to the top visible row.
    void move(std::ptrdiff_t rows);
    void move_page(int pages);
    /// To the first (-1) or the last (1).
    void move_to_end(int which);

    void next_order();
    [[nodiscard]] TrafficOrder order() const noexcept { return order_; }
    /// Shows only processes of this user; nothing: those of all users.
    void show_only(std::optional<uid_t> uid);
    [[nodiscard]] std::optional<uid_t> only() const noexcept { return only_; }

    /// All rows that can be scrolled to: processes, and those kernel threads that have traffic.
    [[nodiscard]] const std::vector<TrafficRow>& rows() const noexcept { return shown_; }
    /// Calls `describe` for each visible row that has no details yet.
    template <typename Describe>
    void describe_in_sight(const Describe& describe) {
        for (std::size_t i = top_; i < shown_.size() && i - top_ < room_; ++i) {
            if (!shown_[i].details) {
                describe(shown_[i]);
            }
        }
    }
    /// Drops the details of the selected row, so that they are read again.
    void forget_selected();

    /// The first visible row.
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

/// The priority one level higher (served sooner, -1) or lower (served later, 1) than the one set, or, if none is set,
/// than the effective one; nothing if it has no level.
[[nodiscard]] std::optional<Priority> one_level_from(const Details& details, int step);

/// Shows the table until the person quits. @return the exit status
/// @throws UsageError if the terminal cannot show it.
[[nodiscard]] int show_monitor(const Options& options);

/// Changes the process of a row, never another one that has got its process id since.
/// @param before_asking called before a person may be asked for a password at the terminal
/// @return a line of text that says what was done
/// @throws Error
[[nodiscard]] std::string change_row(Client& client, const Options& options, const TrafficRow& row, Priority wanted,
                                     const std::function<void()>& before_asking);

}  // namespace iopriority::cli
