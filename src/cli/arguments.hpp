// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Converts words of the command line to values.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"

namespace iopriority::cli {

[[nodiscard]] bool is_digits(std::string_view word);
/// As Priority::parse, which has to accept it.
[[nodiscard]] bool names_priority(const std::string& word);

/// @throws UsageError if there are any words for a command that takes none.
void refuse_arguments(const Arguments& words, const char* command);

/// A process id: decimal digits only, from 1 to 2147483647.
/// @throws UsageError
[[nodiscard]] pid_t parse_pid(const std::string& word);

/// What a command line acts on, in its own words.
struct Subject {
    Target target;
    const char* form;  ///< "process %1", translatable
    std::string name;  ///< "812", "812, 813", "alice", "cron.service"

    /// One process without its descendants.
    [[nodiscard]] bool is_single() const { return target.kind() == Target::Kind::process && !target.descendants(); }
    /// For programs: "process 812", "processes 812, 813", "process group 99", "user alice", "unit cron.service".
    [[nodiscard]] std::string text() const;
    /// The same for people; for a tree "process 812 and its descendants".
    [[nodiscard]] std::string called() const;
};

/// One process, or several as one target.
[[nodiscard]] Subject subject_of(const std::vector<pid_t>& pids);

/// The processes in the words from `first` on, as one target, and what the options name, as the options say.
/// @throws UsageError if something is not of its kind, or if nothing is named.
[[nodiscard]] std::vector<Subject> parse_subjects(const Options& options, const Arguments& words, std::size_t first);

/// Prints an error about a subject. A user without processes is named as on the command line, where the library has
/// only the number.
void complain(const Error& error, const Options& options, const Subject& subject);

/// The subject that was named. After an option of ionice(1), 0 is the caller's own process or group.
/// @throws UsageError if it is not of its kind, NoSuchProcess for an unknown user
[[nodiscard]] Subject subject_of(const Named& named, const Options& options);

/// An integer of decimal digits only; nothing if it is not one, or is above the limit.
[[nodiscard]] std::optional<unsigned> parse_number(std::string_view word,
                                                   unsigned limit = std::numeric_limits<unsigned>::max());

/// Seconds, from 0.1 to 3600, in digits with at most one point.
/// @param option the option they belong to, as written before the word, such as "--watch="
/// @throws UsageError
[[nodiscard]] std::chrono::milliseconds parse_seconds(const std::string& option, const std::string& word);

/// A class by the number that it has in the kernel and after ionice -c, 0 to 3.
[[nodiscard]] std::optional<PriorityClass> class_of_number(std::string_view word);

/// A priority, as Priority::parse.
/// @throws UsageError, also for digits; the text then names the class that they mean in ionice(1).
[[nodiscard]] Priority parse_priority(const std::string& word);

/// The same for the first of the words; the error says so if the priority comes second.
[[nodiscard]] Priority parse_leading_priority(const Arguments& words);

/// A user id from digits, even if no passwd entry has it; nothing if the word is not all digits.
/// @throws UsageError if it is out of range.
[[nodiscard]] std::optional<uid_t> parse_uid(const std::string& word);

/// A user by name or, if there is none of that name, by number.
/// @throws NoSuchProcess for an unknown name, UsageError for a number that is out of range.
/// For another machine, only numbers are accepted.
[[nodiscard]] uid_t find_user(const std::string& word, const Options& options = {});

/// The user's name, safe to display; the number if there is no name.
[[nodiscard]] std::string user_name(uid_t uid);

}  // namespace iopriority::cli
