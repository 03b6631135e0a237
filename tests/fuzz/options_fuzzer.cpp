// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The options of a call: any keys, with values of any type.
#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "expect.hpp"
#include "service/bus_options.hpp"

namespace {

using Options = std::map<std::string, sdbus::Variant>;

/// Any text that a bus lets through: UTF-8 without a zero.
std::string text_of(iopriority::fuzz::Input& input, std::size_t most) {
    std::string text(input.line().substr(0, most));
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\0' || static_cast<signed char>(c) < 0; }, '?');
    return text;
}

sdbus::Variant value_of(iopriority::fuzz::Input& input) {
    switch (input.byte() % 8) {
        case 0:
            return sdbus::Variant{true};
        case 1:
            return sdbus::Variant{false};
        case 2:
            return sdbus::Variant{input.number()};
        case 3:
            return sdbus::Variant{text_of(input, 100)};
        case 4:
            return sdbus::Variant{std::vector<std::string>{"interactive"}};
        case 5:
            return sdbus::Variant{Options{{"interactive", sdbus::Variant{true}}}};
        case 6:
            return sdbus::Variant{static_cast<double>(input.number())};
        default:
            return sdbus::Variant{sdbus::Variant{true}};
    }
}

/// Often one of the keys that there are.
std::string key_of(iopriority::fuzz::Input& input) {
    static const std::vector<std::string> known{"interactive", "descendants", "keep-explicit", "user"};
    const auto which = input.byte();
    if (which < 128) {
        return known.at(which % known.size());
    }
    return text_of(input, 300);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using iopriority::fuzz::expect;
    iopriority::fuzz::Input input(data, size);
    Options options;
    while (!input.empty() && options.size() < 16) {
        auto key = key_of(input);
        options.insert_or_assign(std::move(key), value_of(input));
    }
    const bool good = std::all_of(options.begin(), options.end(), [](const auto& option) {
        return (option.first == "interactive" || option.first == "descendants") &&
               option.second.template containsValueOfType<bool>();
    });
    const auto read = iopriority::service::read_options(options, {"interactive", "descendants"});
    expect(read.has_value() == good, "the known ones with their type, and nothing else");
    if (!read) {
        const auto& failure = read.failure();
        expect(failure.code == iopriority::ErrorCode::invalid_argument, "a refusal is InvalidArgs");
        expect(failure.message.size() < 300 && std::all_of(failure.message.begin(), failure.message.end(),
                                                           [](char c) { return c >= ' ' && c <= '~'; }),
               "a refusal is short and printable");
        return 0;
    }
    const auto said = [&](const char* key) {
        const auto found = options.find(key);
        return found != options.end() && found->second.get<bool>();
    };
    expect(read->interactive == said("interactive") && read->descendants == said("descendants"),
           "it says what was said");
    expect(!read->keep_explicit && !read->user_manager, "and nothing else");
    return 0;
}
