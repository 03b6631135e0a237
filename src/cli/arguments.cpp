// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/arguments.hpp"

#include <pwd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>
#include <span>

#include "cli/messages.hpp"
#include "cli/suggestion.hpp"
#include "cli/translation.hpp"
#include "values/number.hpp"
#include "values/text.hpp"

namespace iopriority::cli {

namespace {

constexpr unsigned greatest_id = std::numeric_limits<pid_t>::max();  // of a process or a group

/// Like systemctl: a name without a unit suffix that systemd knows is taken as a service.
std::string unit_name(const std::string& word) {
    constexpr std::array<std::string_view, 11> suffixes{".service", ".scope",     ".slice",  ".socket",
                                                        ".mount",   ".swap",      ".target", ".timer",
                                                        ".device",  ".automount", ".path"};
    const bool whole =
        word.empty() || std::ranges::any_of(suffixes, [&](auto suffix) { return word.ends_with(suffix); });
    return whole ? word : word + ".service";
}

/// "best-effort 4 812", where "best-effort:4 812" is meant: process 4 is one of the kernel's threads.
void refuse_level_as_pid(const Arguments& words, std::size_t first) {
    if (first == 0 || words.size() < first + 2 || words[first].size() != 1 || words[first] > "7") {
        return;
    }
    const auto& io_class = words[first - 1];
    if (io_class == "best-effort" || io_class == "realtime") {
        throw UsageError(
            tr("process id %1 looks like a level: write %2", shown(words[first]), io_class + ":" + words[first]));
    }
}

}  // namespace

bool is_digits(std::string_view word) {
    return !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
}

bool names_priority(const std::string& word) {
    try {
        static_cast<void>(Priority::parse(word));
        return true;
    } catch (const InvalidArgument&) {
        return false;
    }
}

void refuse_arguments(const Arguments& words, const char* command) {
    if (!words.empty()) {
        throw UsageError(tr("unexpected argument %1: %2 takes no arguments", shown(words.front()), command));
    }
}

std::string Subject::text() const {
    return translation::fill(form, {name});
}

std::string Subject::called() const {
    return target.descendants() ? tr("%1 and its descendants", tr(form, name)) : tr(form, name);
}

pid_t parse_pid(const std::string& word) {
    if (word.empty()) {  // "$(pgrep borg)" that found nothing
        throw InOwnWords<NoSuchProcess>(ErrorCode::no_such_process,
                                        tr("the process id is empty: there is no such process"));
    }
    if (!is_digits(word) && is_digits(word.substr(0, word.find_first_of(" \n"))) &&
        is_digits(word.substr(word.size() - 1))) {
        auto ids = word;
        std::ranges::replace(ids, '\n', ' ');
        throw UsageError(tr("%1 has several process ids: write it without quotes", shown(ids)));
    }
    const auto pid = parse_number(word, greatest_id).value_or(0);
    if (pid == 0) {
        throw UsageError(tr("process id %1 is not a number from 1 to %2", shown(word), greatest_id) +
                         suggestion_for_pid(word));
    }
    return static_cast<pid_t>(pid);
}

std::optional<unsigned> parse_number(std::string_view word, unsigned limit) {
    const auto value = values::number<unsigned>(word);
    return value && *value <= limit ? value : std::nullopt;
}

std::chrono::milliseconds parse_seconds(const std::string& option, const std::string& word) {
    constexpr double least = 0.1;
    constexpr double most = 3600;
    char* end = nullptr;
    const bool plain = word.find_first_not_of("0123456789.") == std::string::npos;
    const double seconds = plain ? std::strtod(word.c_str(), &end) : 0;
    if (seconds < least || seconds > most || *end != '\0') {
        throw UsageError(tr("%1 is not a number of seconds from 0.1 to 3600", option + shown(word)));
    }
    return std::chrono::round<std::chrono::milliseconds>(std::chrono::duration<double>(seconds));
}

void complain(const Error& error, const Options& options, const Subject& subject) {
    const auto number = std::to_string(subject.target.id());
    if (error.code() == ErrorCode::no_such_process && subject.target.kind() == Target::Kind::user &&
        subject.name != number) {
        complain(tr("%1 (uid %2) has no process", subject.called(), number));
    } else {
        complain(error, options, subject.called());
    }
}

Subject subject_of(const std::vector<pid_t>& pids) {
    const auto names = values::joined(pids, ", ", [](pid_t pid) { return std::to_string(pid); });
    return pids.size() == 1 ? Subject{Target::process(pids.front()), translatable("process %1"), names}
                            : Subject{Target::processes(pids), translatable("processes %1"), names};
}

Subject subject_of(const Named& named, const Options& options) {
    const auto id = parse_number(named.name, greatest_id);
    const bool own = options.ionice.first && options.host.empty() && id == 0U;
    switch (named.kind) {
        case Target::Kind::process: {
            return subject_of({own ? 0 : parse_pid(named.name)});
        }
        case Target::Kind::group: {
            if (!own && id.value_or(0) == 0) {
                throw UsageError(
                    tr("process group id %1 is not a number from 1 to %2", shown(named.name), greatest_id));
            }
            return {Target::group(static_cast<pid_t>(*id)), translatable("process group %1"), named.name};
        }
        case Target::Kind::unit:
        case Target::Kind::user_unit: {
            const auto unit = unit_name(named.name);
            return named.kind == Target::Kind::unit
                       ? Subject{Target::unit(unit), translatable("unit %1"), values::sanitised(unit)}
                       : Subject{Target::user_unit(unit), translatable("user unit %1"), values::sanitised(unit)};
        }
        case Target::Kind::processes:  // no option has these
        case Target::Kind::pidfd:
        case Target::Kind::pidfds:
        case Target::Kind::user:
            break;
    }
    const auto uid = find_user(named.name, options);
    return {Target::user(uid), translatable("user %1"), options.host.empty() ? user_name(uid) : std::to_string(uid)};
}

std::vector<Subject> parse_subjects(const Options& options, const Arguments& words, std::size_t first) {
    refuse_level_as_pid(words, first);
    std::vector<Subject> subjects;
    if (words.size() > first) {
        std::vector<pid_t> pids;
        std::ranges::transform(std::span(words).subspan(first), std::back_inserter(pids), parse_pid);
        subjects.push_back(subject_of(pids));
    } else if (options.named.empty()) {
        throw UsageError(tr("no process id (none given, or pgrep found none)"));
    } else if (options.tree) {
        throw UsageError(tr("--tree needs process ids"));
    }
    if (options.tree) {
        subjects.front().target = subjects.front().target.with_descendants();
    }
    for (const auto& named : options.named) {
        subjects.push_back(subject_of(named, options));
    }
    for (auto& subject : subjects) {
        subject.target = options.keep_explicit ? subject.target.keeping_explicit() : subject.target;
    }
    return subjects;
}

Priority parse_leading_priority(const Arguments& words) {
    if (const auto order = suggestion_for_order(words); !order.empty()) {
        throw UsageError(tr("priority %1 is not known", shown(words.front())) + order);
    }
    return parse_priority(words.front());
}

std::optional<PriorityClass> class_of_number(std::string_view word) {
    const auto number = parse_number(word, static_cast<unsigned>(PriorityClass::idle));
    return number ? std::optional(static_cast<PriorityClass>(*number)) : std::nullopt;
}

Priority parse_priority(const std::string& word) {
    // A meaning of its -n is not guessed.
    if (const auto io_class = class_of_number(word)) {
        throw UsageError(
            tr("priority %1 is not known: for class %2 of ionice write %3", shown(word), word, to_string(*io_class)));
    }
    try {
        return Priority::parse(word);
    } catch (const InvalidArgument&) {
        const auto name = word.substr(0, word.find(':'));
        if (!names_priority(name)) {
            throw UsageError(
                tr("priority %1 is not known: use none, idle, best-effort[:0-7] or realtime[:0-7], or background, low, "
                   "normal, high",
                   shown(word)));
        }
        throw UsageError(names_priority(name + ":7")
                             ? tr("priority %1: the level is not a number from 0 (served first) to 7", shown(word))
                             : tr("priority %1 has no level: write %2", shown(word), name));
    }
}

std::optional<uid_t> parse_uid(const std::string& word) {
    if (!is_digits(word)) {
        return std::nullopt;
    }
    constexpr uid_t greatest = std::numeric_limits<uid_t>::max() - 1;
    const auto uid = parse_number(word, greatest);
    if (!uid) {
        throw UsageError(tr("user id %1 is not a number from 0 to %2", shown(word), greatest));
    }
    return uid;
}

uid_t find_user(const std::string& word, const Options& options) {
    if (!options.host.empty() && !parse_uid(word)) {
        throw UsageError(tr("user %1: with --host, give the user's number", shown(word)));
    }
    if (const auto* entry = ::getpwnam(word.c_str())) {  // NOLINT(concurrency-mt-unsafe): one thread
        return entry->pw_uid;
    }
    const auto uid = parse_uid(word);
    if (!uid) {
        throw InOwnWords<NoSuchProcess>(ErrorCode::no_such_process,
                                        tr("user %1 is not known: pass a user's name or number", shown(word)));
    }
    return *uid;
}

std::string user_name(uid_t uid) {
    const auto* entry = ::getpwuid(uid);  // NOLINT(concurrency-mt-unsafe): one thread
    return entry != nullptr ? values::sanitised(entry->pw_name) : std::to_string(uid);
}

}  // namespace iopriority::cli
