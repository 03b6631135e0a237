// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/suggestion.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "cli/arguments.hpp"
#include "cli/translation.hpp"
#include "values/text.hpp"

namespace iopriority::cli {

namespace {

constexpr std::size_t longest = 32;

/// Words that other programs use for a command.
std::string_view same_meaning(std::string_view word) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 14> meanings{{
        {"show", "get"},
        {"status", "get"},
        {"info", "get"},
        {"ls", "list"},
        {"ps", "list"},
        {"top", "monitor"},
        {"iotop", "monitor"},
        {"exec", "run"},
        {"start", "run"},
        {"renice", "set"},
        {"reset", "set none"},
        {"set-user", "set --user"},
        {"disks", "devices"},
        {"lsblk", "devices"},
    }};
    const auto* const found =
        std::find_if(meanings.begin(), meanings.end(), [&](const auto& each) { return each.first == word; });
    return found != meanings.end() ? found->second : std::string_view{};
}

}  // namespace

// Damerau-Levenshtein distance, restricted: no letter is edited twice (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
    using Row = std::array<std::size_t, longest + 1>;
    a = a.substr(0, longest);
    b = b.substr(0, longest);
    Row before_last{};
    Row last{};
    Row row{};
    for (std::size_t j = 0; j <= b.size(); ++j) {
        row.at(j) = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before_last = std::exchange(last, row);
        row.at(0) = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = last.at(j - 1) + (a[i - 1] == b[j - 1] ? 0 : 1);
            row.at(j) = std::min({last.at(j) + 1, row.at(j - 1) + 1, changed});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row.at(j) = std::min(row.at(j), before_last.at(j - 2) + 1);
            }
        }
    }
    return row.at(b.size());
}

std::string_view nearest_command(std::string_view word) {
    if (const auto same = same_meaning(word); !same.empty()) {
        return same;
    }
    std::string_view best;
    std::size_t least = word.size() > 3 ? 3 : 2;  // a word changed in every letter is not similar
    for (const auto* command : commands()) {
        const auto far = distance(word, command->name);
        const bool begins = word.size() > 1 && command->name.substr(0, word.size()) == word;
        if (far < least || (begins && best.empty())) {
            best = command->name;
            least = std::min(far, least);
        }
    }
    return best;
}

std::string suggestion(const Arguments& words) {
    if (words.empty()) {
        return "";
    }
    const auto& first = words.front();
    if (is_digits(first)) {
        return tr(": to see a process write %1, to change it %2", "ioprioctl get " + values::sanitised(first, longest),
                  "ioprioctl set idle " + values::sanitised(first, longest));
    }
    if (names_priority(first)) {
        const bool of_process = words.size() > 1 && is_digits(words.at(1));
        return tr(": write %1", (of_process ? "ioprioctl set " : "ioprioctl run ") + first);
    }
    const auto near = nearest_command(first);
    return near.empty() ? "" : tr("; did you mean %1?", near);
}

std::string suggestion_for_pid(std::string_view word) {
    constexpr std::string_view of_names = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";
    constexpr std::size_t longest_name = 15;  // of the kernel's comm
    const bool name = !word.empty() && word.size() <= longest_name && word.front() != '-' && word.front() != '+' &&
                      !is_digits(word) && word.find_first_not_of(of_names) == std::string_view::npos;
    return name ? tr("; for the processes of that name write %1", "$(pgrep -x " + std::string(word) + ")") : "";
}

std::string suggestion_for_order(const Arguments& words) {
    if (words.size() < 2 || names_priority(words.front()) || !names_priority(words.at(1))) {
        return "";
    }
    return tr(": the priority comes first: %1", words.at(1) + " " + values::sanitised(words.front(), longest));
}

}  // namespace iopriority::cli
