// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Jobs: what is told of them, as counts and in words.
#include <algorithm>
#include <cerrno>
#include <system_error>

#include "engine/job.hpp"
#include "values/text.hpp"

namespace iopriority::engine {

namespace {

Counts in_words(const std::map<int, std::uint32_t>& counts) {
    Counts words;
    for (const auto& [value, count] : counts) {
        words.emplace(values::from_kernel(value).to_string(), count);
    }
    return words;
}

}  // namespace

TargetName Job::name() const {
    const auto& target = walk_.target();
    const auto& seen = looker_.seen();
    TargetName name = target.name;
    name.keep_explicit = order_.keep_explicit;
    if (target.named) {
        name.named = target.named->name();
        name.text += " (" + name.named + ")" + (name.descendants ? " and its descendants" : "");
    }
    name.program = walk_.is_single() ? name.named : seen.program;
    if (!name.uid && seen.owners.size() == 1) {
        name.uid = *seen.owners.begin();
    }
    return name;
}

Tally Job::tally() const {
    Tally all;
    for (const auto& [pid, member] : members_) {
        if (counts(member)) {
            all += member.tally;
        }
    }
    return all;
}

// Counts only threads that are as wanted, by the kernel's value without hints.
std::map<int, std::uint32_t> Job::found_before() const {
    std::map<int, std::uint32_t> found;
    for (const auto& [pid, member] : members_) {
        if (!(swept_ && swept_first_) && counts(member)) {
            for (const pid_t tid : member.as_wanted) {
                const auto changed = member.changed.find(tid);
                ++found[values::to_kernel(changed != member.changed.end() ? values::from_kernel(changed->second)
                                                                          : order_.wanted)];
            }
        }
    }
    return found;
}

// Threads that were still not as wanted when their turn was over; at least one of each such process.
unsigned Job::contested() const {
    unsigned threads = 0;
    for (const auto& [pid, member] : members_) {
        threads += counts(member) && member.gave_up ? std::max(member.tally.contested, 1U) : 0U;
    }
    return threads;
}

Counts Job::left_alone(const Tally& all) const {
    Counts left{{"explicit", all.is_explicit}, {"joined", all.joined}, {"privileged", all.privileged}};
    if (walk_.target().is_list) {
        for (const pid_t pid : walk_.target().selection->named()) {
            const auto member = members_.find(pid);
            const bool is_there = member != members_.end() && (counts(member->second) || member->second.delayed);
            left["ended"] += is_there ? 0U : 1U;
        }
    }
    left["executing"] = static_cast<std::uint32_t>(
        std::count_if(members_.begin(), members_.end(), [](const auto& each) { return each.second.delayed; }));
    if (is_hold_of_several()) {
        left["contested"] = contested();
    }
    std::erase_if(left, [](const auto& each) { return each.second == 0; });
    return left;
}

Expected<Changed> Job::result() const {
    const Tally all = tally();
    const auto text = [this] { return name().text; };  // reads /proc, so only on demand
    const auto partly = [&](const std::string& why) {
        return Failure{ErrorCode::partially_applied, text() + ": " + std::to_string(all.as_wanted) +
                                                         (all.as_wanted == 1 ? " thread is" : " threads are") +
                                                         " as wanted, " + why};
    };
    if (failure_) {
        return changed_any_ && !walk_.is_single() ? Failure{ErrorCode::partially_applied, failure_->message}
                                                  : *failure_;
    }
    if (all.refused > 0) {
        return refused(text(), all);
    }
    Changed changed{.threads = all.as_wanted, .left_alone = left_alone(all)};
    const auto found = found_before();
    if (found.size() == 1) {
        changed.before = values::from_kernel(found.begin()->first);
    } else {
        changed.before_breakdown = in_words(found);
    }
    for (const auto& [pid, member] : members_) {
        changed.processes += counts(member) && member.tally.as_wanted + member.tally.is_explicit > 0 ? 1U : 0U;
    }
    // One member that resists does not keep a hold from all others.
    const bool gave_up = gave_up_ || (contested() > 0 && (!is_hold_of_several() || all.as_wanted == 0));
    const unsigned left = all.joined + all.privileged;
    if (left > 0 && walk_.is_single() && all.as_wanted == 0) {
        return became_another(text());
    }
    if (left > 0 && !order_.tells_left_alone) {
        return partly(std::to_string(left) + (left == 1 ? " was" : " were") +
                      " left alone, which the authorization does not cover: " + std::to_string(all.joined) +
                      " joined or changed owner after it, " + std::to_string(all.privileged) +
                      " gained privileges; try again");
    }
    if (gave_up && all.contested > 0) {
        return partly("but another program sets them, too: it has changed " + std::to_string(all.contested) +
                      " since; stop it, try again");
    }
    if (gave_up) {
        return partly(
            "others may not be: it starts threads or processes faster than they can be set; stop it (SIGSTOP), try "
            "again");
    }
    if (all.as_wanted == 0 && all.is_explicit == 0) {
        const auto delayed =
            std::find_if(members_.begin(), members_.end(), [](const auto& each) { return each.second.delayed; });
        if (delayed != members_.end()) {
            return process::delayed(delayed->first);
        }
        return Failure{ErrorCode::no_such_process, walk_.target().nobody};
    }
    return changed;
}

Failure Job::refused(const std::string& text, const Tally& all) const {
    const std::string kernel = std::generic_category().message(all.refusal);
    if (order_.kernel_judges) {
        return all.refusal == EPERM
                   ? Failure{ErrorCode::access_denied,
                             text + ": the kernel does not let this user change it, only the service can"}
                   : Failure{ErrorCode::failed, text + ": ioprio_set: " + kernel};
    }
    return {all.as_wanted > 0 ? ErrorCode::partially_applied : ErrorCode::failed,
            text + ": the kernel refused " + std::to_string(all.refused) + " of " +
                std::to_string(all.as_wanted + all.refused) + " threads: " + kernel +
                (all.refusal == EPERM ? " (the service runs in a user namespace, a security module forbids it, or, for "
                                        "realtime, the kernel is older than 5.10)"
                                      : "")};
}

std::string Job::before() const {
    if (before_sweep_) {
        return before_sweep_->to_string();
    }
    const auto before = in_words(found_before());
    return before.empty() ? "unknown" : values::shown(before);
}

Failure became_another(const std::string& target) {
    return {ErrorCode::no_such_process,
            target + " has ended, changed owner or gained privileges while it was authorized or changed: try again"};
}

}  // namespace iopriority::engine
