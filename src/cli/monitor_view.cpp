// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/monitor.hpp"

#include <algorithm>

#include "values/values.hpp"

namespace iopriority::cli {

void MonitorView::update(std::vector<TrafficRow> rows) {
    all_ = std::move(rows);
    arrange();
}

void MonitorView::set_room(std::size_t rows) {
    room_ = std::max<std::size_t>(rows, 1);
    scroll();
}

void MonitorView::move(std::ptrdiff_t rows) {
    if (shown_.empty()) {
        return;
    }
    const auto from = place();
    const auto last = static_cast<std::ptrdiff_t>(shown_.size()) - 1;
    const auto wanted = static_cast<std::ptrdiff_t>(from.value_or(top_)) + (from ? rows : 0);
    select(shown_[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(wanted, 0, last))]);
}

void MonitorView::move_page(int pages) {
    move(pages * static_cast<std::ptrdiff_t>(room_));
}

void MonitorView::move_to_end(int which) {
    if (!shown_.empty()) {
        select(which < 0 ? shown_.front() : shown_.back());
    }
}

void MonitorView::select(const TrafficRow& row) {
    selected_ = {row.pid, row.start_ticks};
    scroll();
}

void MonitorView::next_order() {
    order_ = order_ == TrafficOrder::pid ? TrafficOrder::total
                                         : static_cast<TrafficOrder>(static_cast<std::uint8_t>(order_) + 1);
    arrange();
}

void MonitorView::show_only(std::optional<uid_t> uid) {
    only_ = uid;
    arrange();
}

const TrafficRow* MonitorView::selected() const noexcept {
    const auto at = place();
    return at ? &shown_[*at] : nullptr;
}

bool MonitorView::is_selected(const TrafficRow& row) const noexcept {
    return selected_ && selected_->first == row.pid && selected_->second == row.start_ticks;
}

std::optional<std::size_t> MonitorView::place() const noexcept {
    const auto found = std::ranges::find_if(shown_, [this](const TrafficRow& row) { return is_selected(row); });
    return found != shown_.end() ? std::optional(static_cast<std::size_t>(found - shown_.begin())) : std::nullopt;
}

void MonitorView::forget_selected() {
    if (const auto at = place()) {
        shown_[*at].details.reset();
    }
}

void MonitorView::arrange() {
    shown_.clear();
    std::ranges::copy_if(all_, std::back_inserter(shown_), [this](const TrafficRow& row) {
        return (!row.of_kernel || is_of_interest(row)) && (!only_ || row.real_uid == *only_);
    });
    sort(shown_, order_);
    if (!place()) {
        selected_.reset();
    }
    scroll();
}

void MonitorView::scroll() {
    const auto at = place();
    if (at) {
        top_ = std::clamp(top_, *at >= room_ ? *at - room_ + 1 : 0, *at);
    }
    top_ = std::min(top_, shown_.size() > room_ ? shown_.size() - room_ : 0);
}

std::optional<Priority> one_level_from(const Details& details, int step) {
    const bool follows = details.set.io_class() == PriorityClass::none;
    const auto& from = follows ? details.effective : details.set;
    const bool rises =
        follows && from.io_class() == PriorityClass::realtime;  // from its CPU policy: do not set it explicitly
    if (rises || !values::has_level(from.io_class())) {
        return std::nullopt;
    }
    const int level = std::clamp(static_cast<int>(from.level()) + step, 0, static_cast<int>(Priority::lowest_level));
    return Priority::from(to_string(from.io_class()), static_cast<unsigned>(level));
}

}  // namespace iopriority::cli
