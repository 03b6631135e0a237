// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/cells.hpp"

#include <algorithm>
#include <cwchar>
#include <limits>

namespace iopriority::cli {

namespace {

constexpr auto unlimited = std::numeric_limits<std::size_t>::max();

std::size_t width(wchar_t c) {
    return static_cast<std::size_t>(std::max(::wcwidth(c), 0));
}

/// Takes the next character off the text.
wchar_t take(std::string_view& text) {
    wchar_t c = 0;
    std::mbstate_t state{};
    const auto length = std::mbrtowc(&c, text.data(), text.size(), &state);
    const bool known = length > 0 && length <= text.size();  // the errors are the highest numbers
    text.remove_prefix(known ? length : 1);
    return known && ::wcwidth(c) >= 0 ? c : L'?';
}

}  // namespace

std::wstring fitted(std::string_view text, std::size_t cells) {
    std::wstring fit;
    while (!text.empty()) {
        const wchar_t c = take(text);
        if (width(c) > cells) {
            break;
        }
        cells -= width(c);
        fit += c;
    }
    return fit;
}

std::wstring padded(std::string_view text, std::size_t cells, bool right) {
    auto fit = fitted(text, cells);
    fit.insert(right ? 0 : fit.size(), cells - cells_of(fit), L' ');
    return fit;
}

std::wstring_view cut(std::wstring_view text, std::size_t cells) {
    std::size_t length = 0;
    for (; length < text.size() && width(text[length]) <= cells; ++length) {
        cells -= width(text[length]);
    }
    return text.substr(0, length);
}

std::string_view entries_within(std::string_view text, std::size_t cells) {
    while (cells_of(fitted(text, unlimited)) > cells) {
        const auto last = text.rfind("  ");
        if (last == std::string_view::npos) {
            break;
        }
        text = text.substr(0, last);
    }
    return text;
}

std::size_t cells_of(std::wstring_view text) {
    std::size_t cells = 0;
    for (const wchar_t c : text) {
        cells += width(c);
    }
    return cells;
}

std::vector<std::wstring> wrapped(std::string_view text, std::size_t cells) {
    const auto all = fitted(text, unlimited);
    std::vector<std::wstring> lines;
    for (std::wstring_view rest = all; !rest.empty();) {
        const auto length = std::max<std::size_t>(cut(rest, cells).size(), 1);
        const auto blank = length < rest.size() ? rest.substr(0, length + 1).rfind(L' ') : std::wstring_view::npos;
        const bool at_blank = blank != std::wstring_view::npos && blank > 0;
        lines.emplace_back(rest.substr(0, at_blank ? blank : length));
        rest.remove_prefix(at_blank ? blank + 1 : length);
    }
    return lines;
}

}  // namespace iopriority::cli
