// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The syntax of ionice(1) of util-linux: "ioprioctl -c 3 -p 812".
#include <fcntl.h>

#include <cerrno>
#include <iostream>

#include "cli/arguments.hpp"
#include "cli/changes.hpp"
#include "cli/child.hpp"
#include "cli/messages.hpp"
#include "cli/translation.hpp"
#include "process/proc_text.hpp"
#include "process/read_file.hpp"
#include "process/syscalls.hpp"
#include "process/unique_fd.hpp"
#include "values/values.hpp"

namespace iopriority::cli {

namespace {

namespace sys = process::sys;
constexpr auto of_thread = sys::Who::thread;

/// By number, or as parse_priority reads it.
Priority class_of(const std::string& word) {
    if (!is_digits(word)) {
        return parse_priority(word);
    }
    if (const auto io_class = class_of_number(word)) {
        return Priority::parse(to_string(*io_class));
    }
    throw UsageError(tr("class %1 is not a number from 0 (none) to 3 (idle)", shown(word)));
}

/// "best-effort:3", "low": the class came with a level of its own.
bool has_own_level(const std::string& word, Priority priority) {
    return word.find(':') != std::string::npos || priority != Priority::parse(to_string(priority.io_class()));
}

/// Class and level from -c and -n; nothing if neither is given.
std::optional<Priority> wanted_by(const IoniceWords& words) {
    std::optional<unsigned> level;
    if (words.level) {
        level = parse_number(*words.level, Priority::lowest_level);
        if (!level) {
            throw UsageError(tr("level %1 is not a number from 0 to 7", shown(*words.level)));
        }
    }
    if (!words.io_class) {
        return level ? std::optional(Priority::best_effort(*level)) : std::nullopt;
    }
    const auto priority = class_of(*words.io_class);
    if (!level || !values::has_level(priority.io_class())) {
        if (level && !words.ignore) {
            complain(tr("ignoring given class data for %1 class", priority.to_string()));
        }
        return priority;
    }
    if (has_own_level(*words.io_class, priority)) {
        throw UsageError(tr("two levels are given: by -c %1 and by -n %2", shown(*words.io_class), *words.level));
    }
    return Priority::from(to_string(priority.io_class()), *level);
}

std::vector<Subject> subjects_of(const Options& options, const Named& first, const Arguments& others) {
    std::vector<Subject> subjects{subject_of(first, options)};
    for (const auto& word : others) {
        subjects.push_back(subject_of({first.kind, word}, options));
    }
    return subjects;
}

/// The thread id, if the number names a thread other than its process's main thread: ionice(1) acts on that thread.
std::optional<id_t> thread_of(const Options& options, const Subject& subject) {
    if (subject.target.kind() != Target::Kind::process || subject.target.id() == 0 || !options.host.empty()) {
        return std::nullopt;
    }
    const auto tid = static_cast<pid_t>(subject.target.id());
    const process::UniqueFd proc(::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
    const auto text = process::read_file(proc.get(), std::to_string(tid) + "/status");
    const auto status = text ? process::parse_status(*text) : std::nullopt;
    return status && status->process != tid ? std::optional(subject.target.id()) : std::nullopt;
}

/// What a system call about a thread has returned, if it succeeded. The service does not set single threads.
int checked(id_t tid, int result) {
    if (result == -EPERM) {
        throw InOwnWords<NotAuthorized>(
            ErrorCode::access_denied,
            tr("the kernel refused to set thread %1: name its process, which the service can set", tid));
    }
    if (result < 0) {
        throw InOwnWords<NoSuchProcess>(ErrorCode::no_such_process, tr("thread %1 has ended", tid));
    }
    return result;
}

/// "best-effort: prio 4", "idle": as ionice prints it.
std::string ionice_line(Priority priority) {
    std::string text{to_string(priority.io_class())};
    if (priority.io_class() != PriorityClass::idle) {  // also for none
        text += ": prio " + std::to_string(priority.level());
    }
    return text;
}

/// Sets them, or shows them if no priority is wanted. Like ionice: stops at the first failure, unless -t is given.
int set_or_show(const Options& options, const std::vector<Subject>& subjects, const std::optional<Priority>& wanted) {
    if (wanted && options.dry_run) {
        return change_each(options, subjects, *wanted);
    }
    auto reporting = options;
    reporting.quiet = !options.verbose;  // unlike the commands, also at a terminal
    auto client = options.client();
    for (const auto& subject : subjects) {
        try {
            const auto thread = thread_of(options, subject);
            if (!wanted) {
                const auto set = thread ? values::from_kernel(checked(*thread, sys::ioprio_get(of_thread, *thread)))
                                        : client.describe(subject.target, options.call()).set;
                std::cout << ionice_line(set) << '\n';
            } else if (thread) {
                checked(*thread, sys::ioprio_set(of_thread, *thread, values::to_kernel(*wanted)));
            } else {
                change(client, reporting, subject, *wanted);
            }
        } catch (const Error& error) {
            if (!wanted || !options.ionice.ignore) {
                complain(error, options, subject);
                return exit_failed;
            }
        }
    }
    return exit_ok;
}

int run(const Options& options, const Arguments& arguments) {
    const auto& words = options.ionice;
    const auto wanted = wanted_by(words);
    if (words.first) {
        return set_or_show(options, subjects_of(options, *words.first, arguments), wanted);
    }
    if (!options.host.empty()) {
        throw UsageError(tr("with --host, name processes (-p PID...): a program would run on this machine"));
    }
    if (!arguments.empty() && options.dry_run) {
        throw UsageError(tr("option --dry-run cannot be used to run a program"));
    }
    if (!arguments.empty()) {
        try {
            return become(options, arguments, wanted.value_or(Priority::parse("best-effort")));
        } catch (const Error& error) {
            if (!words.ignore) {
                complain(error, options, shown(arguments.front()));
                return exit_failed;
            }
        }
        return become(arguments);
    }
    if (wanted) {
        throw UsageError(tr("nothing to set: name processes (-p PID...) or a command"));
    }
    return set_or_show(options, {{Target::process(0), "ioprioctl", ""}}, wanted);
}

}  // namespace

const Command ionice_command{"", "", "", "", Special::dry_run | Special::host, run, exit_failed};

}  // namespace iopriority::cli
