// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// From words of the command line to values.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"
#include "cli/translation.hpp"

namespace iopriority::cli {

[[nodiscard]] bool is_digits(std::string_view word);
/// As Priority::parse, which is to accept it.
[[nodiscard]] bool names_priority(const std::string& word);

/// @throws UsageError if there are any words for a command that takes none.
void refuse_arguments(const Arguments& words, const char* command);

/// A process id: decimal digits alone, from 1 to 2147483647.
/// @throws UsageError
[[nodiscard]] pid_t parse_pid(const std::string& word);

/// What a line is about, in its words.
struct Subject {
    Target target;
    const char* form;  ///< "process %1", translatable
    std::string name;  ///< "812", "812, 813", "alice", "cron.service"

    /// For programs: "process 812", "processes 812, 813", "process group 99", "user alice", "unit cron.service".
    [[nodiscard]] std::string text() const;
    /// The same for people; of a tree "process 812 and its descendants".
    [[nodiscard]] std::string called() const;
};

/// One process, or several as one target.
[[nodiscard]] Subject subject_of(const std::vector<pid_t>& pids);

/// The processes of the words from `first` on, which are one target, and what the options name, as the options say.
/// @throws UsageError if something is none of its kind, or if there is nothing.
[[nodiscard]] std::vector<Subject> parse_subjects(const Options& options, const Arguments& words, std::size_t first);

/// What 0 is, for a process or a group: nothing, or the caller's own, as ionice(1) and the kernel have it.
enum class Zero : bool { refused, own };

/// What is named.
/// @throws UsageError if it is none of its kind, NoSuchProcess for a user who is not known
[[nodiscard]] Subject subject_of(const Named& named, const Options& options, Zero zero = Zero::refused);

/// A whole number in decimal digits alone; nothing if it is not, or above the limit.
[[nodiscard]] std::optional<unsigned> parse_number(std::string_view word, unsigned limit);

/// Seconds, from 0.1 to 3600, in digits with at most one point.
/// @param option what they belong to, as it stands before the word, such as "--watch="
/// @throws UsageError
[[nodiscard]] std::chrono::milliseconds parse_seconds(const std::string& option, const std::string& word);

/// A priority, as Priority::parse.
/// @throws UsageError, also for digits, with the class that ionice(1) means by them.
[[nodiscard]] Priority parse_priority(const std::string& word);

/// The same of the first of the words; says so where it stands second.
[[nodiscard]] Priority parse_leading_priority(const Arguments& words);

/// A user id from digits, also of a user who is in no passwd file; nothing if the word is not of digits.
/// @throws UsageError if it is out of range.
[[nodiscard]] std::optional<uid_t> parse_uid(const std::string& word);

/// A user by name or, if there is none of that name, by number.
/// @throws NoSuchProcess for a name that is not known, UsageError for a number that is out of range.
/// Of another machine, only numbers are known.
[[nodiscard]] uid_t find_user(const std::string& word, const Options& options = {});

/// The user's name, fit to be shown; the number if there is none.
[[nodiscard]] std::string user_name(uid_t uid);

}  // namespace iopriority::cli
