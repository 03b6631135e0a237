// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/text.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>
#include <vector>

namespace iopriority::values {

namespace {

struct Range {
    char32_t first;
    char32_t last;
};

// Characters that are never shown as such: controls, separators of lines, what Unicode calls default ignorable
// (direction marks, joiners, fillers, selectors), a blank that is no space, private use, non-characters, specials.
constexpr std::array<Range, 22> unfit{{
    {0x0000, 0x001F},
    {0x007F, 0x009F},
    {0x00AD, 0x00AD},
    {0x034F, 0x034F},
    {0x061C, 0x061C},
    {0x115F, 0x1160},
    {0x17B4, 0x17B5},
    {0x180B, 0x180F},
    {0x200B, 0x200F},
    {0x2028, 0x202E},
    {0x2060, 0x206F},
    {0x2800, 0x2800},
    {0x3164, 0x3164},
    {0xE000, 0xF8FF},
    {0xFDD0, 0xFDEF},
    {0xFE00, 0xFE0F},
    {0xFEFF, 0xFEFF},
    {0xFFA0, 0xFFA0},
    {0xFFF0, 0xFFFF},
    {0x1BCA0, 0x1BCA3},
    {0x1D173, 0x1D17A},
    // Planes 4 to 16 have no characters but tags, variation selectors and private use.
    {0x40000, 0x10FFFF},
}};

bool is_fit(char32_t c) {
    const bool last_two_of_a_plane = (c & 0xFFFEU) == 0xFFFEU;  // non-characters
    return !last_two_of_a_plane &&
           std::ranges::none_of(unfit, [c](const Range& r) { return r.first <= c && c <= r.last; });
}

// The length of the character at the start of text, 0 if it is not well-formed UTF-8 (RFC 3629).
std::size_t decode(std::string_view text, char32_t& c) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint8_t lead = byte(0);
    if (lead < 0x80U) {
        c = lead;
        return 1;
    }
    const std::size_t length = lead >= 0xF0U ? 4 : lead >= 0xE0U ? 3 : 2;
    constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    if (lead < 0xC0U || lead > 0xF4U || text.size() < length) {
        return 0;
    }
    c = lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) {
            return 0;
        }
        c = c << 6U | (byte(i) & 0x3FU);
    }
    const bool surrogate = 0xD800 <= c && c <= 0xDFFF;
    return c >= smallest.at(length) && c <= 0x10FFFF && !surrogate ? length : 0;
}

}  // namespace

std::string sanitised(std::string_view text, std::size_t longest) {
    std::string out;
    while (!text.empty()) {
        char32_t c = 0;
        const std::size_t length = decode(text, c);
        const bool fit = length != 0 && is_fit(c);
        const std::string_view shown = fit ? text.substr(0, length) : "?";
        if (out.size() + shown.size() > longest) {
            break;
        }
        out += shown;
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

std::string sanitised_for_prompt(std::string_view text, std::size_t longest) {
    constexpr std::string_view unwelcome = "\"#$&'()<>[\\]^`{|}";
    std::string out = sanitised(text, longest);
    std::ranges::replace_if(
        out, [&](char c) { return unwelcome.find(c) != std::string_view::npos; }, '?');
    return out;
}

bool is_word(std::string_view text, std::string_view marks) noexcept {
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               marks.find(c) != std::string_view::npos;
    });
}

std::string shown(const std::map<std::string, std::uint32_t>& breakdown) {
    if (breakdown.size() <= 1) {
        return breakdown.empty() ? "?" : breakdown.begin()->first;
    }
    std::vector<std::pair<std::string, std::uint32_t>> parts(breakdown.begin(), breakdown.end());
    std::ranges::sort(
        parts, [](const auto& a, const auto& b) { return std::tie(b.second, a.first) < std::tie(a.second, b.first); });
    const auto text_of = [](const auto& part) { return std::to_string(part.second) + " " + part.first; };
    return "mixed (" + joined(parts, ", ", text_of) + ")";
}

}  // namespace iopriority::values
