// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/layout.hpp"

#include <cwchar>
#include <limits>

#include "values/text.hpp"

namespace iopriority::cli {

namespace {

constexpr auto unlimited = std::numeric_limits<std::size_t>::max();

struct Character {
    std::string_view text;
    std::size_t width = 1;
    bool known = true;  ///< the locale knows it, and it is printable
};

bool continues(char c) {
    constexpr unsigned top_bits = 0xC0;
    constexpr unsigned continuation = 0x80;
    return (static_cast<unsigned char>(c) & top_bits) == continuation;
}

/// The first character: a whole UTF-8 sequence, even if the locale does not know UTF-8.
Character first_of(std::string_view text) {
    std::size_t length = 1;
    while (length < text.size() && continues(text[length])) {
        ++length;
    }
    wchar_t wide = 0;
    std::mbstate_t state{};
    const int cells = std::mbrtowc(&wide, text.data(), length, &state) == length ? ::wcwidth(wide) : -1;
    return {text.substr(0, length), cells < 0 ? 1 : static_cast<std::size_t>(cells), cells >= 0};
}

std::vector<Character> characters_of(std::string_view text) {
    std::vector<Character> characters;
    while (!text.empty()) {
        characters.push_back(first_of(text));
        text.remove_prefix(characters.back().text.size());
    }
    return characters;
}

constexpr std::string_view closing = "。、，．：；？！）」』】・ー";  // no line may begin with these
constexpr std::string_view opening = "（「『【";                      // nor end with these

bool is_one_of(std::string_view all, std::string_view character) {
    return character.size() > 1 && all.find(character) != std::string_view::npos;
}

/// What a line break never splits: a word, or a wide character with its punctuation; cut at the greatest width.
struct Piece {
    std::string text;
    std::size_t width = 0;
    bool after_blank = false;
};

std::vector<Piece> pieces_of(std::string_view text, std::size_t widest) {
    std::vector<Piece> pieces;
    bool begins = true;
    bool after_blank = false;
    Character last;
    for (const auto& character : characters_of(text)) {
        if (character.text == " ") {
            begins = after_blank = true;
            continue;
        }
        const bool breaks = (character.width > 1 || last.width > 1) && !is_one_of(closing, character.text) &&
                            !is_one_of(opening, last.text);
        if (begins || breaks || pieces.back().width + character.width > widest) {
            pieces.push_back({"", 0, after_blank});
        }
        pieces.back().text += character.text;
        pieces.back().width += character.width;
        begins = after_blank = false;
        last = character;
    }
    return pieces;
}

}  // namespace

std::size_t width(std::string_view text) {
    std::size_t sum = 0;
    for (const auto& character : characters_of(text)) {
        sum += character.width;
    }
    return sum;
}

std::string fitted(std::string_view text, std::size_t cells) {
    std::string fit;
    for (const auto& character : characters_of(text)) {
        if (character.width > cells) {
            break;
        }
        cells -= character.width;
        fit += character.known ? character.text : "?";
    }
    return fit;
}

std::string padded(std::string_view text, std::size_t cells, bool right) {
    auto fit = fitted(text, cells);
    fit.insert(right ? 0 : fit.size(), cells - width(fit), ' ');
    return fit;
}

std::string_view entries_within(std::string_view text, std::size_t cells) {
    while (width(text) > cells) {
        const auto last = text.rfind("  ");
        if (last == std::string_view::npos) {
            break;
        }
        text = text.substr(0, last);
    }
    return text;
}

std::vector<std::string> lines_of(std::string_view text, std::size_t cells, LongWords long_words) {
    std::vector<std::string> lines;
    std::size_t used = 0;
    for (const auto& piece : pieces_of(text, long_words == LongWords::cut ? cells : unlimited)) {
        const std::size_t blank = piece.after_blank ? 1 : 0;
        if (lines.empty() || used + blank + piece.width > cells) {
            lines.push_back(piece.text);
            used = piece.width;
        } else {
            lines.back() += (blank > 0 ? " " : "") + piece.text;
            used += blank + piece.width;
        }
    }
    return lines;
}

std::string wrapped(std::string_view text) {
    constexpr std::size_t widest = 80;
    return values::joined(lines_of(text, widest, LongWords::kept), "\n") + '\n';
}

}  // namespace iopriority::cli
