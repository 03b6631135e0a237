// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Where all that happens in a simulated world comes from: a seed, the bytes of a fuzzer, or a path (path.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace iopriority::simulation {

class Choices {
 public:
    explicit Choices(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15U + 0xD1B54A32D192ED03U) {}
    /// Bytes first, then what their sum seeds: an input of any length is a whole world.
    explicit Choices(std::string_view bytes) : bytes_(bytes) {
        for (const char byte : bytes) {
            state_ = (state_ ^ static_cast<unsigned char>(byte)) * 0x100000001B3U;
        }
    }

    struct Fixed {};
    /// The first of all alternatives, always: where a path says what happens, what it does not say is fixed.
    explicit Choices(Fixed /*fixed*/) : fixed_(true) {}

    /// From 0 on, less than the number.
    unsigned below(unsigned number) {
        if (fixed_) {
            return 0;
        }
        if (at_ < bytes_.size()) {
            return static_cast<unsigned char>(bytes_[at_++]) % number;
        }
        return static_cast<unsigned>((next() >> 32U) % number);
    }
    bool one_in(unsigned number) { return below(number) == 0; }
    template <typename Container>
    auto& one_of(Container& container) {
        auto found = container.begin();
        for (auto steps = below(static_cast<unsigned>(container.size())); steps > 0; --steps) {
            ++found;
        }
        return *found;
    }
    /// One of these, each as often as its weight says.
    template <typename T>
    T weighed(std::initializer_list<std::pair<unsigned, T>> weights) {
        unsigned sum = 0;
        for (const auto& [weight, value] : weights) {
            sum += weight;
        }
        auto rest = below(sum);
        for (const auto& [weight, value] : weights) {
            if (rest < weight) {
                return value;
            }
            rest -= weight;
        }
        return weights.begin()->second;
    }

 private:
    std::uint64_t next() {  // splitmix64
        state_ += 0x9E3779B97F4A7C15U;
        auto value = state_;
        value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
        value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
        return value ^ (value >> 31U);
    }

    std::uint64_t state_ = 0xCBF29CE484222325U;
    std::string_view bytes_;
    std::size_t at_ = 0;
    bool fixed_ = false;
};

}  // namespace iopriority::simulation
