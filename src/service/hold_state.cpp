// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/hold_state.hpp"

#include <limits>
#include <set>
#include <utility>
#include <vector>

#include "values/number.hpp"
#include "values/values.hpp"

namespace iopriority::service {

namespace {

constexpr std::string_view header = "iopriority-hold 3";
// The service continues counting from the largest that it finds.
constexpr engine::HoldId largest_id = std::numeric_limits<engine::HoldId>::max() / 2;

// The words of one line, each taken once; an invalid word makes the line invalid.
class Line {
 public:
    explicit Line(std::string_view text) : rest_(text) {}

    std::string_view word() {
        const auto end = std::min(rest_.find(' '), rest_.size());
        const auto word = rest_.substr(0, end);
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
        good_ = good_ && !word.empty();
        return word;
    }
    template <typename T>
    T number() {
        const auto value = values::number<T>(word());
        good_ = good_ && value.has_value();
        return value.value_or(T{});
    }
    Priority priority() {
        const auto io_class = word();
        const auto made = values::from_bus(io_class, number<std::uint32_t>());
        good_ = good_ && made.has_value();
        return made ? *made : Priority::none();
    }
    engine::HoldStack::Base base() {
        constexpr int largest = 0xffff;
        const auto value = number<int>();
        good_ = good_ && value >= 0 && value <= largest;
        return {value, number<std::uint64_t>()};
    }
    Holder holder() {
        Holder holder{number<uid_t>(), 0, {}};
        holder.began = number<std::uint64_t>();
        good_ = policy::Grant::from_text(holder.uid, std::string(word()), holder.grant) && good_;
        return holder;
    }
    [[nodiscard]] bool good() const { return good_ && rest_.empty(); }

 private:
    std::string_view rest_;
    bool good_ = true;
};

std::string text_of(Priority priority) {
    return std::string(to_string(priority.io_class())) + " " + std::to_string(priority.level());
}

std::string text_of(const engine::HoldStack::Base& base) {
    return std::to_string(base.value) + " " + std::to_string(base.first);
}

std::string text_of(const engine::HoldStack::Hold& hold, const Holder& holder) {
    return std::to_string(hold.id) + " " + std::to_string(hold.order) + " " + text_of(hold.wanted) + " " +
           std::to_string(holder.uid) + " " + std::to_string(holder.began) + " " + holder.grant.to_text();
}

// The parts of a state, line by line.
class Reader {
 public:
    bool take(std::string_view text) {
        Line line(text);
        const auto kind = line.word();
        if (kind == "process") {
            state_.key.pid = line.number<pid_t>();
            state_.key.birth = line.number<std::uint64_t>();
            state_.start = line.number<std::uint64_t>();
            base_ = line.base();
            detached_ = line.number<std::uint64_t>();
            return state_.key.pid > 0 && line.good();
        }
        if (kind == "hold") {
            const auto before = holds_.empty() ? 0 : holds_.back().order;
            const bool good = take_hold(line);
            return good && before < holds_.back().order && line.good();
        }
        if (kind == "past") {
            const bool good = take_hold(line);
            engine::HoldStack::Past past{holds_.back(), line.base(), line.number<std::uint64_t>()};
            past.until = line.number<std::uint64_t>();
            holds_.pop_back();
            past_.push_back(std::move(past));
            return good && line.good();
        }
        if (kind == "inherited") {
            if (!holds_.empty()) {
                holds_.back().inherited = true;
            }
            return !holds_.empty() && line.good();
        }
        if (kind == "thread") {
            const auto tid = line.number<pid_t>();
            bases_[tid] = line.base();
            return tid > 0 && line.good();
        }
        if (kind == "without") {
            const auto tid = line.number<pid_t>();
            if (!holds_.empty()) {
                holds_.back().without.insert(tid);
            }
            return !holds_.empty() && tid > 0 && line.good();
        }
        if (kind == "left-alone") {
            left_alone_.insert(line.number<pid_t>());
            return line.good();
        }
        ended_ = kind == "end";
        return ended_ && line.good();
    }
    [[nodiscard]] bool ended() const { return ended_; }
    std::optional<HoldState> finish() {
        if (!ended_ || state_.key.pid == 0 || (holds_.empty() && past_.empty())) {
            return std::nullopt;
        }
        state_.stack = engine::HoldStack(std::move(holds_), base_, std::move(bases_), std::move(left_alone_), detached_,
                                         std::move(past_));
        return std::move(state_);
    }

 private:
    bool take_hold(Line& line) {
        const auto id = line.number<engine::HoldId>();
        const auto order = line.number<std::uint64_t>();
        const auto wanted = line.priority();
        holds_.push_back({id, order, wanted});
        return state_.holders.emplace(id, line.holder()).second && id > 0 && id <= largest_id && order > 0;
    }

    HoldState state_;
    engine::HoldStack::Base base_;
    std::vector<engine::HoldStack::Hold> holds_;
    std::vector<engine::HoldStack::Past> past_;
    std::map<pid_t, engine::HoldStack::Base> bases_;
    std::set<pid_t> left_alone_;
    std::uint64_t detached_ = 0;
    bool ended_ = false;
};

}  // namespace

std::string to_text(const HoldState& state) {
    const auto& stack = state.stack;
    std::string text{header};
    text += "\nprocess " + std::to_string(state.key.pid) + " " + std::to_string(state.key.birth) + " " +
            std::to_string(state.start) + " " + text_of(stack.process_base()) + " " +
            std::to_string(stack.detached_since()) + "\n";
    for (const auto& hold : stack.holds()) {
        text += "hold " + text_of(hold, state.holders.at(hold.id)) + "\n";
        text += hold.inherited ? "inherited\n" : "";
        for (const pid_t tid : hold.without) {
            text += "without " + std::to_string(tid) + "\n";
        }
    }
    for (const auto& past : stack.past()) {
        text += "past " + text_of(past.hold, state.holders.at(past.hold.id)) + " " + text_of(past.base) + " " +
                std::to_string(past.detached) + " " + std::to_string(past.until) + "\n";
    }
    for (const auto& [tid, base] : stack.bases()) {
        text += "thread " + std::to_string(tid) + " " + text_of(base) + "\n";
    }
    for (const pid_t tid : stack.left_alone()) {
        text += "left-alone " + std::to_string(tid) + "\n";
    }
    return text + "end\n";
}

std::optional<HoldState> parse_hold_state(std::string_view text) {
    Reader reader;
    bool first = true;
    while (!text.empty()) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos || reader.ended()) {
            return std::nullopt;  // truncated, or trailing text
        }
        const auto line = text.substr(0, end);
        text.remove_prefix(end + 1);
        if (first ? line != header : !reader.take(line)) {
            return std::nullopt;
        }
        first = false;
    }
    return reader.finish();
}

}  // namespace iopriority::service
