// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Chance that is the same on every machine for the same seed (the standard's distributions are not).
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace iopriority::test {

class Dice {
 public:
    explicit Dice(std::uint64_t seed) : source_{seed} {}

    /// 0 to count - 1.
    std::size_t below(std::size_t count) { return static_cast<std::size_t>(source_() % count); }
    int between(int first, int last) {
        return first + static_cast<int>(below(static_cast<std::size_t>(last - first + 1)));
    }
    bool chance(std::size_t percent) { return below(100) < percent; }
    template <typename T>
    const T& one_of(const std::vector<T>& all) {
        return all.at(below(all.size()));
    }
    template <typename T>
    void shuffle(std::vector<T>& all) {
        for (auto left = all.size(); left > 1; --left) {
            std::swap(all[left - 1], all[below(left)]);
        }
    }

 private:
    std::mt19937_64 source_;
};

}  // namespace iopriority::test
