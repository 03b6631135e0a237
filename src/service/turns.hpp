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

/// Takes turns among the owners, and among the work of one owner in order: the first work of the first owner is next.
template <typename Work>
class Turns {
 public:
    void add(std::uint64_t owner, Work work) {
        auto found =
            std::find_if(owners_.begin(), owners_.end(), [owner](const Owner& each) { return each.id == owner; });
        if (found == owners_.end()) {
            found = owners_.insert(owners_.end(), Owner{owner, {}});
        }
        found->works.push_back(std::move(work));
    }
    [[nodiscard]] bool empty() const noexcept { return owners_.empty(); }
    [[nodiscard]] const Work& ready() const { return owners_.front().works.front(); }
    /// Moves the work that was ready to the end of its owner's list, and the owner behind all others.
    void go_round() {
        auto& works = owners_.front().works;
        works.splice(works.end(), works, works.begin());
        owners_.splice(owners_.end(), owners_, owners_.begin());
    }
    void remove(const Work& work) {
        for (auto& owner : owners_) {
            owner.works.remove(work);
        }
        owners_.remove_if([](const Owner& owner) { return owner.works.empty(); });
    }

 private:
    struct Owner {
        std::uint64_t id;
        std::list<Work> works;
    };
    std::list<Owner> owners_;
};

}  // namespace iopriority::service
