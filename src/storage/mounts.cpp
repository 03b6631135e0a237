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

template <typename T>
bool read_number(std::string_view word, T& value) {
    const auto number = values::number<T>(word);
    value = number.value_or(0);
    return number.has_value();
}

bool read_device(std::string_view word, DeviceNumber& device) {
    const auto major = take_word(word, ':');
    return read_number(major, device.major) && read_number(word, device.minor);
}

bool read_text(std::string_view word, std::string& text) {
    auto plain = unescaped(word);
    if (!plain) {
        return false;
    }
    text = *std::move(plain);
    return true;
}

/// ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAG...] - TYPE SOURCE OPTIONS
std::optional<Mount> parse_line(std::string_view line) {
    Mount mount;
    std::uint64_t parent = 0;
    if (!read_number(take_word(line, ' '), mount.id) || !read_number(take_word(line, ' '), parent) ||
        !read_device(take_word(line, ' '), mount.device) || !read_text(take_word(line, ' '), mount.root) ||
        !read_text(take_word(line, ' '), mount.point) || !mount.point.starts_with('/')) {
        return std::nullopt;
    }
    take_word(line, ' ');
    while (!line.empty() && take_word(line, ' ') != "-") {
    }
    if (!read_text(take_word(line, ' '), mount.type) || mount.type.empty() ||
        !read_text(take_word(line, ' '), mount.source)) {
        return std::nullopt;
    }
    mount.options = line;
    return mount;
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
    const auto by_number = std::find_if(mounts.begin(), mounts.end(),
                                        [&](const Mount& m) { return status.mount != 0 && m.id == status.mount; });
    if (by_number != mounts.end()) {
        return &*by_number;
    }
    const auto by_device =
        std::find_if(mounts.begin(), mounts.end(), [&](const Mount& m) { return m.device == status.on; });
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
