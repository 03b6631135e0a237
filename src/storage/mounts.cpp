// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "storage/mounts.hpp"

#include <algorithm>
#include <array>

#include "values/number.hpp"

namespace iopriority::storage {

namespace {

constexpr std::size_t most_mounts = 65536;
constexpr std::size_t most_layers = 512;  // of an overlay; the kernel takes 500

/// ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAG...] - TYPE SOURCE OPTIONS
std::optional<Mount> parse_line(std::string_view line) {
    const auto next = [&] { return take_word(line, ' '); };
    const auto id = values::number<std::uint64_t>(next());
    const auto parent = values::number<std::uint64_t>(next());
    auto numbers = next();
    const auto major = values::number<unsigned>(take_word(numbers, ':'));
    const auto minor = values::number<unsigned>(numbers);
    const auto root = unescaped(next());
    const auto point = unescaped(next());
    next();
    while (!line.empty() && next() != "-") {
    }
    const auto type = unescaped(next());
    const auto source = unescaped(next());
    if (!id || !parent || !major || !minor || !root || !point || !point->starts_with('/') || !type || type->empty() ||
        !source) {
        return std::nullopt;
    }
    return Mount{*id, {*major, *minor}, *root, *point, *type, *source, std::string(line)};
}

/// The directories in the value of one option: "\:" is a colon, a colon ends one.
void add_directories(std::string_view value, std::vector<std::string>& directories) {
    const auto text = unescaped(value).value_or("");
    std::string one;
    const auto finish = [&] {
        if (one.starts_with('/') && directories.size() < most_layers) {
            directories.push_back(one);
        }
        one.clear();
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) {
            one += text[++i];
        } else if (text[i] == ':') {
            finish();
        } else {
            one += text[i];
        }
    }
    finish();
}

}  // namespace

std::optional<std::string> unescaped(std::string_view text) {
    constexpr std::size_t length = 4;
    std::string plain;
    while (!text.empty()) {
        if (text.front() != '\\') {
            plain += text.front();
            text.remove_prefix(1);
            continue;
        }
        const auto digits = text.substr(1, length - 1);
        const auto value = values::number<unsigned>(digits, 8).value_or(0);
        constexpr unsigned highest = 0xFF;
        if (digits.size() != length - 1 || value == 0 || value > highest) {
            return std::nullopt;
        }
        plain += static_cast<char>(value);
        text.remove_prefix(length);
    }
    return plain;
}

std::vector<Mount> parse_mountinfo(std::string_view text) {
    std::vector<Mount> mounts;
    while (!text.empty() && mounts.size() < most_mounts) {
        if (auto mount = parse_line(take_word(text, '\n'))) {
            mounts.push_back(*std::move(mount));
        }
    }
    return mounts;
}

const Mount* find_mount(const std::vector<Mount>& mounts, const FileStatus& status) {
    const auto by_number = std::ranges::find(mounts, status.mount, &Mount::id);
    if (status.mount != 0 && by_number != mounts.end()) {
        return &*by_number;
    }
    const auto by_device = std::ranges::find(mounts, status.on, &Mount::device);
    return by_device != mounts.end() ? &*by_device : nullptr;
}

std::vector<std::string> overlay_directories(std::string_view options) {
    constexpr std::array<std::string_view, 4> keys{"lowerdir=", "lowerdir+=", "datadir+=", "upperdir="};
    std::vector<std::string> directories;
    while (!options.empty()) {
        const auto option = take_word(options, ',');
        for (const auto key : keys) {
            if (option.starts_with(key)) {
                add_directories(option.substr(key.size()), directories);
            }
        }
    }
    return directories;
}

}  // namespace iopriority::storage
