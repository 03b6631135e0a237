// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A way through all that can happen in a small world, and the next one: a search in depth that begins each time from
/// the start of the world.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <vector>

namespace iopriority::simulation {

class Path {
 public:
    Path() = default;
    /// As text() gives it.
    explicit Path(const std::string& text) {
        for (const char* at = text.c_str(); *at != '\0';) {
            char* end = nullptr;
            const auto place = std::strtoul(at, &end, 10);
            points_.resize(std::max(points_.size(), place + 1));
            points_[place].taken = static_cast<unsigned>(*end == ':' ? std::strtoul(end + 1, &end, 10) : 0);
            at = *end == '\0' ? end : end + 1;  // NOLINT(*-pointer-arithmetic)
        }
    }

    /// Which of so many alternatives is taken here. The first, where this path has not been before.
    unsigned choose(unsigned number) {
        if (at_ == points_.size()) {
            points_.emplace_back();
        }
        points_[at_].number = number;
        return points_[at_++].taken;
    }
    /// The next path, where the last point that has one takes another alternative. False if there is none.
    bool next() {
        at_ = 0;
        while (!points_.empty() && points_.back().taken + 1 >= points_.back().number) {
            points_.pop_back();
        }
        if (points_.empty()) {
            return false;
        }
        ++points_.back().taken;
        return true;
    }
    void again() noexcept { at_ = 0; }
    /// The points at which it does not take the first alternative, and what it takes: "7:1,12:2".
    [[nodiscard]] std::string text() const {
        std::string text;
        for (std::size_t place = 0; place < points_.size(); ++place) {
            if (points_[place].taken > 0) {
                text += (text.empty() ? "" : ",") + std::to_string(place) + ":" + std::to_string(points_[place].taken);
            }
        }
        return text;
    }

 private:
    struct Point {
        unsigned taken = 0;
        unsigned number = 1;
    };
    std::vector<Point> points_;
    std::size_t at_ = 0;
};

}  // namespace iopriority::simulation
