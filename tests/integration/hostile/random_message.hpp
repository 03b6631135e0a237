// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Calls that nobody would think of, from a seed.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "support/bus_message.hpp"

namespace iopriority::test {

class RandomCalls {
 public:
    /// @param numbers worth trying, such as process ids; descriptors: likewise.
    RandomCalls(std::uint32_t seed, std::vector<std::uint32_t> numbers, std::vector<int> descriptors);

    /// A call to the service: of a method it has, mostly, with the arguments that it takes, often.
    Message next(sd_bus* bus);

 private:
    [[nodiscard]] std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(engine_()) % limit; }
    [[nodiscard]] bool once_in(std::uint32_t times) { return below(times) == 0; }
    template <typename T>
    const T& one_of(const std::vector<T>& choices) {
        return choices[below(static_cast<std::uint32_t>(choices.size()))];
    }

    std::string type(int depth);
    std::string text();
    std::uint64_t number();
    void append_values(sd_bus_message* message, std::string_view signature);
    void append_value(sd_bus_message* message, std::string_view type);
    void append_basic(sd_bus_message* message, char type);
    void append_array(sd_bus_message* message, std::string_view element);
    void append_target(sd_bus_message* message);
    void append_options(sd_bus_message* message);

    std::mt19937 engine_;
    std::vector<std::uint32_t> numbers_;
    std::vector<int> descriptors_;
    int descriptors_left_{
        0};  ///< for the message that is being made: the bus closes a connection that sends more than 16
};

}  // namespace iopriority::test
