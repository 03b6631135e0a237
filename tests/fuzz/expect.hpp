// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What a fuzzer asserts, and what it reads its input with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace iopriority::fuzz {

/// Ends the run if a promise is broken: libFuzzer keeps the input.
inline void expect(bool kept, const char* promise) {
    if (!kept) {
        static_cast<void>(std::fprintf(stderr, "broken: %s\n", promise));
        std::abort();
    }
}

/// Bytes of the input, from its beginning; zeros behind its end.
class Input {
 public:
    // NOLINTNEXTLINE(*-reinterpret-cast): as libFuzzer has it
    Input(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

    [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }
    std::uint8_t byte() {
        if (rest_.empty()) {
            return 0;
        }
        const auto first = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return first;
    }
    std::uint32_t number() {
        std::uint32_t value = 0;
        for (int i = 0; i < 4; ++i) {
            value = value << 8U | byte();
        }
        return value;
    }
    /// Up to the next newline, which is left out.
    std::string_view line() {
        const auto one = rest_.substr(0, rest_.find('\n'));
        rest_.remove_prefix(one.size() + (one.size() < rest_.size() ? 1 : 0));
        return one;
    }
    [[nodiscard]] std::string_view rest() const noexcept { return rest_; }

 private:
    std::string_view rest_;
};

}  // namespace iopriority::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
