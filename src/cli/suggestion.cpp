// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/suggestion.hpp"

#include "cli/arguments.hpp"
#include "cli/translation.hpp"
#include "values/text.hpp"

namespace iopriority::cli {

namespace {

constexpr std::size_t longest = 32;
constexpr std::string_view marks_in_names = "._+-";

bool names_service(std::string_view word) {
    constexpr std::size_t longest_unit = 255;
    return word.ends_with(".service") && word.size() <= longest_unit && word.front() != '-' &&
           values::is_word(word, std::string(marks_in_names) + ":@");
}

}  // namespace

std::string suggestion(const Arguments& words) {
    const auto& first = words.front();
    if (is_digits(first)) {
        return tr(": to see a process write %1, to change it %2", "ioprioctl get " + values::sanitised(first, longest),
                  "ioprioctl set idle " + values::sanitised(first, longest));
    }
    if (names_priority(first)) {
        const bool of_process = words.size() > 1 && is_digits(words.at(1));
        return tr(": write %1", (of_process ? "ioprioctl set " : "ioprioctl run ") + first);
    }
    return tr(": use %1", values::joined(commands(), ", ", &Command::name));
}

std::string suggestion_for_pid(std::string_view word) {
    constexpr std::size_t longest_name = 15;  // of the kernel's comm
    if (names_service(word)) {
        return tr(": write %1", "--unit " + std::string(word));
    }
    const bool name = word.size() <= longest_name && values::is_word(word, marks_in_names) && word.front() != '-' &&
                      word.front() != '+' && !is_digits(word);
    return name ? tr("; for the processes of that name write %1", "$(pgrep -x " + std::string(word) + ")") : "";
}

std::string suggestion_for_path(const std::string& word) {
    return names_service(word)
               ? tr("; for a running unit write %1", "ioprioctl check $(systemctl show -P MainPID " + word + ")")
               : "";
}

std::string suggestion_for_order(const Arguments& words) {
    if (words.size() < 2 || names_priority(words.front()) || !names_priority(words.at(1))) {
        return "";
    }
    return tr(": the priority comes first: %1", words.at(1) + " " + values::sanitised(words.front(), longest));
}

}  // namespace iopriority::cli
