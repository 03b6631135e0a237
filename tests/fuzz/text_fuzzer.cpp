// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Names from outside, made fit to be shown.
#include <string>

#include "expect.hpp"
#include "values/text.hpp"

namespace {

using namespace iopriority;
using fuzz::expect;

/// The well-formed byte sequences as the table of RFC 3629 lists them, written another way than the code that is
/// tested.
std::size_t well_formed(std::string_view text) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const auto in = [&](std::size_t i, unsigned from, unsigned to) { return byte(i) >= from && byte(i) <= to; };
    const auto tail = [&](std::size_t i) { return in(i, 0x80, 0xBF); };
    if (in(0, 0x01, 0x7F)) {
        return 1;
    }
    if (in(0, 0xC2, 0xDF) && tail(1)) {
        return 2;
    }
    if ((byte(0) == 0xE0 && in(1, 0xA0, 0xBF) && tail(2)) || (byte(0) == 0xED && in(1, 0x80, 0x9F) && tail(2)) ||
        ((in(0, 0xE1, 0xEC) || in(0, 0xEE, 0xEF)) && tail(1) && tail(2))) {
        return 3;
    }
    if ((byte(0) == 0xF0 && in(1, 0x90, 0xBF) && tail(2) && tail(3)) ||
        (in(0, 0xF1, 0xF3) && tail(1) && tail(2) && tail(3)) ||
        (byte(0) == 0xF4 && in(1, 0x80, 0x8F) && tail(2) && tail(3))) {
        return 4;
    }
    return 0;
}

void check_shown(std::string_view text) {
    while (!text.empty()) {
        const auto length = well_formed(text);
        expect(length != 0, "what is shown is UTF-8");
        const auto character = text.substr(0, length);
        expect(character.front() >= ' ' || length > 1, "no control character is shown");
        expect(character != "\x7f", "delete is not shown");
        expect(!(length == 2 && character.starts_with('\xC2') && character[1] < '\xA0'), "no eight-bit control is");
        expect(character < "\xE2\x80\x8B" || character > "\xE2\x80\x8F", "no mark of direction is");
        expect(character < "\xE2\x80\xA8" || character > "\xE2\x80\xAE", "no override is");
        expect(character < "\xE2\x81\xA6" || character > "\xE2\x81\xA9", "no isolate is");
        text.remove_prefix(length);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const std::size_t longest = input.byte();
    const auto shown = values::sanitised(input.rest(), longest);
    expect(shown.size() <= longest, "what is shown is not longer than allowed");
    check_shown(shown);
    expect(values::sanitised(shown, longest) == shown, "sanitised text stays as it is");
    const auto whole = values::sanitised(input.rest(), size * 2);
    expect(whole.starts_with(shown), "a limit only cuts");
    expect(whole.size() <= input.rest().size(), "nothing is added");
    const auto prompt = values::sanitised_for_prompt(input.rest(), longest);
    expect(prompt.size() == shown.size(), "a prompt differs in single characters");
    expect(prompt.find_first_of("<>&\"'$()[]{}`\\") == std::string::npos, "a prompt has no markup");
    check_shown(prompt);
    return 0;
}
