// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Whose turn it is.
#pragma once

#include <algorithm>
#include <cstdint>
#include <list>
#include <utility>

namespace iopriority::service {

/// Takes turns among the owners, and among the work of one owner in order. Whoever comes with nothing else at work does
/// not stand behind all others: every other turn is for those. So a short call is served soon beside any number of
/// owners with endless work, and those have half of the turns at least.
template <typename Work>
class Turns {
 public:
    void add(std::uint64_t owner, Work work) {
        for (auto* const owners : {&fresh_, &round_}) {
            const auto found =
                std::find_if(owners->begin(), owners->end(), [owner](const Owner& each) { return each.id == owner; });
            if (found != owners->end()) {
                found->works.push_back(std::move(work));
                return;
            }
        }
        std::list<Work> works;
        works.push_back(std::move(work));
        fresh_.push_back(Owner{owner, std::move(works)});
    }
    [[nodiscard]] bool empty() const noexcept { return fresh_.empty() && round_.empty(); }
    [[nodiscard]] const Work& ready() const { return next_is_fresh() ? first_of(fresh_) : first_of(round_); }
    /// Moves the work, which was ready, to the end of its owner's list, and the owner behind all others. (Somebody who
    /// has come since would be ready now.)
    void go_round(const Work& work) {
        last_was_fresh_ = !fresh_.empty() && first_of(fresh_) == work;
        auto& owners = last_was_fresh_ ? fresh_ : round_;
        auto& works = owners.front().works;
        works.splice(works.end(), works, works.begin());
        round_.splice(round_.end(), owners, owners.begin());
    }
    void remove(const Work& work) {
        for (auto* const owners : {&fresh_, &round_}) {
            for (auto& owner : *owners) {
                owner.works.remove(work);
            }
            owners->remove_if([](const Owner& owner) { return owner.works.empty(); });
        }
    }

 private:
    struct Owner {
        std::uint64_t id;
        std::list<Work> works;
    };
    [[nodiscard]] bool next_is_fresh() const noexcept {
        return !fresh_.empty() && (round_.empty() || !last_was_fresh_);
    }
    static const Work& first_of(const std::list<Owner>& owners) { return owners.front().works.front(); }

    std::list<Owner> fresh_;  ///< those that have had no turn yet with what they have
    std::list<Owner> round_;
    bool last_was_fresh_ = false;
};

}  // namespace iopriority::service
