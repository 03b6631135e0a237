// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/prompt.hpp"

#include "values/text.hpp"
#include "values/translatable.hpp"

namespace iopriority::service {

using engine::TargetName;
using policy::Verdict;
using values::translatable;

namespace {

/// What is said of the threads of one user, and of several users'.
struct Sentences {
    const char* of_one;
    const char* of_several;
};

Sentences of_processes(bool descendants) {
    if (descendants) {
        return {translatable("Authentication is required to set the I/O priority of $(count) processes and their "
                             "descendants of user $(target-user) to $(priority)."),
                translatable("Authentication is required to set the I/O priority of $(count) processes and their "
                             "descendants, some of which belong to $(target-users), to $(priority).")};
    }
    return {translatable("Authentication is required to set the I/O priority of $(count) processes of user "
                         "$(target-user) to $(priority)."),
            translatable("Authentication is required to set the I/O priority of $(count) processes, some of which "
                         "belong to $(target-users), to $(priority).")};
}

Sentences sentences(const TargetName& name) {
    switch (name.kind) {
        case TargetName::Kind::group:
            return {translatable("Authentication is required to set the I/O priority of process group $(group) of "
                                 "user $(target-user) to $(priority)."),
                    translatable("Authentication is required to set the I/O priority of process group $(group) of "
                                 "several users to $(priority).")};
        case TargetName::Kind::unit:
            return {translatable("Authentication is required to set the I/O priority of unit $(unit-name) of user "
                                 "$(target-user) to $(priority)."),
                    translatable("Authentication is required to set the I/O priority of unit $(unit-name) of several "
                                 "users to $(priority).")};
        // The caller can create a user unit of any name: it must not be mistaken for a system unit.
        case TargetName::Kind::user_unit:
            return {translatable("Authentication is required to set the I/O priority of user unit $(unit-name) of "
                                 "user $(target-user) to $(priority)."),
                    translatable("Authentication is required to set the I/O priority of user unit $(unit-name) of "
                                 "several users to $(priority).")};
        case TargetName::Kind::user:
            return {name.keep_explicit
                        ? translatable("Authentication is required to set the I/O priority of all processes without "
                                       "a priority of their own of user $(target-user) to $(priority).")
                        : translatable("Authentication is required to set the I/O priority of all processes of user "
                                       "$(target-user) to $(priority)."),
                    nullptr};
        case TargetName::Kind::processes:
            return of_processes(name.descendants);
        case TargetName::Kind::process:
            break;
    }
    if (!name.descendants) {
        return {
            translatable("Authentication is required to set the I/O priority of $(program) (process $(pid)) of user "
                         "$(target-user) to $(priority)."),
            translatable("Authentication is required to set the I/O priority of $(program) (process $(pid)) of "
                         "several users to $(priority).")};
    }
    return {translatable("Authentication is required to set the I/O priority of $(name) (process $(pid)) and its "
                         "descendants of user $(target-user) to $(priority)."),
            translatable("Authentication is required to set the I/O priority of $(name) (process $(pid)) and its "
                         "descendants of several users to $(priority).")};
}

}  // namespace

const char* prompt(const TargetName& name) {
    const auto [of_one, of_several] = sentences(name);
    return name.uid || of_several == nullptr ? of_one : of_several;
}

std::string in_words(Priority priority) {
    std::string io_class(to_string(priority.io_class()));
    if (priority.io_class() == PriorityClass::none || priority.io_class() == PriorityClass::idle) {
        return io_class;
    }
    const auto level = priority.level();
    return io_class + ", level " + std::to_string(level) +
           (level == 0                        ? " (first)"
            : level == Priority::lowest_level ? " (last)"
                                              : "");
}

std::map<std::string, std::string> details(const TargetName& name, const std::string& owners) {
    std::map<std::string, std::string> details;
    constexpr std::size_t longest = 32768;  // a rule may search it for a name, or for its end: nothing is cut off
    details.emplace(name.uid ? "target-user" : "target-users", values::sanitised_for_prompt(owners, longest));
    if (name.uid) {
        details.emplace("target-uid", std::to_string(*name.uid));
    }
    if (name.kind == TargetName::Kind::processes) {
        details.emplace("count", name.id);
    }
    if (name.pid != 0) {
        details.emplace("pid", std::to_string(name.pid));
    }
    if (!name.program.empty()) {
        details.emplace("program", values::sanitised_for_prompt(name.program));
    }
    if (!name.named.empty()) {
        details.emplace("name", values::sanitised_for_prompt(name.named));
    }
    if (name.descendants) {
        details.emplace("descendants", "true");
    }
    if (name.kind == TargetName::Kind::group) {
        details.emplace("group", name.id);
    }
    // Users cannot create system units, only user units: a rule for "unit" must not apply to a user unit of that name.
    if (name.kind == TargetName::Kind::unit || name.kind == TargetName::Kind::user_unit) {
        const auto unit = values::sanitised(name.id);  // consists of the few characters allowed in unit names
        details.emplace("unit-name", unit);
        details.emplace(name.kind == TargetName::Kind::unit ? "unit" : "user-unit", unit);
    }
    return details;
}

std::string whose(const TargetName& name, const std::string& owner) {
    const std::string owner_or_several = (name.uid ? "" : "several users, among them ") + owner;
    const bool several = name.descendants || name.kind == TargetName::Kind::processes;
    if (name.kind == TargetName::Kind::user) {
        const bool named = name.uid && owner != std::to_string(*name.uid);
        return name.text + (named ? " (" + owner + ")" : "");
    }
    return name.text + (several ? " belong to " : " belongs to ") + owner_or_several;
}

Failure refusal(const std::string& needs, const policy::Answer& answer, bool could_ask) {
    switch (answer.verdict) {
        case Verdict::dismissed:
            return {ErrorCode::dismissed, needs + ", and the dialog was dismissed"};
        case Verdict::would_ask:
            return {
                ErrorCode::interaction_required,
                needs + (answer.why.empty() ? ", which needs a password: allow interactive authorization with the call"
                                            : ", which needs a password: " + answer.why)};
        case Verdict::unavailable:
            return {ErrorCode::authority_unavailable,
                    needs + ", and polkit does not answer: " + values::sanitised(answer.why)};
        case Verdict::denied:
        case Verdict::granted:
            break;
    }
    // polkit does not tell which of these it was.
    return {ErrorCode::access_denied,
            needs + ", which polkit refused" + (could_ask ? " (a wrong password, a closed dialog, or a rule)" : "")};
}

}  // namespace iopriority::service
