// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What the threads of a scope must have where nothing is under way. Scopes are so small that it can be said exactly.
#include <algorithm>

#include "scope.hpp"
#include "values/values.hpp"

namespace iopriority::simulation {

namespace {

bool is_in_force(const Call& call, const Process& process) {
    const bool lasts = call.kind == Call::Kind::hold ? call.held : call.answers > 0 && (!call.failed || call.in_part);
    return lasts && is_target(call, *process.first);
}

}  // namespace

int ScopeWorld::base_of(const Process& process) const {
    const auto number = std::find(processes_.begin(), processes_.end(), &process) - processes_.begin();
    return scope_.processes.at(static_cast<std::size_t>(number)).value;
}

// Where a hold begins while another one begins or ends, or something is set, what each thread had is not known well
// enough to say what it goes back to.
void ScopeWorld::note_crossed() {
    for (const auto& call : calls_) {
        for (const auto& other : calls_) {
            const bool ended_meanwhile = other.closed && call.begun > 0 && *other.closed >= call.begun &&
                                         (call.under_way() || *other.closed <= call.answered_at);
            const bool meets = &other != &call && call.kind == Call::Kind::hold &&
                               (ended_meanwhile || (call.under_way() && other.under_way()));
            for (const Process* process : processes_) {
                if (meets && is_target(call, *process->first) && is_target(other, *process->first)) {
                    crossed_.insert(process);
                }
            }
        }
    }
}

// The latest of all that is in force: holds that last, and what was set for good. Of those that were under way at once,
// any can be the latest. If nothing is in force, what the process had.
std::set<int> ScopeWorld::promised(const Process& process) const {
    std::set<int> values;
    bool any = false;
    for (const auto& call : calls_) {
        if (!is_in_force(call, process)) {
            continue;
        }
        const bool is_latest = std::none_of(calls_.begin(), calls_.end(), [&](const Call& other) {
            return is_in_force(other, process) && !other.in_part && other.begun > call.answered_at;
        });
        if (is_latest) {
            values.insert(values::to_kernel(call.wanted));
        }
        any = any || !call.in_part;
    }
    if (!any) {
        values.insert(base_of(process));
    }
    return values;
}

// It has what its creator had at that moment; but not what a hold has set that is over.
std::set<int> ScopeWorld::promised_to_child_of(const Process& process) const {
    std::set<int> values{base_of(process)};
    for (const auto& call : calls_) {
        if (is_in_force(call, process)) {
            values.insert(values::to_kernel(call.wanted));
        }
    }
    return values;
}

void ScopeWorld::expect_one_of(const Process& process, const std::set<int>& values) {
    for (const Thread* thread : process.threads) {
        // What belongs to another by now is left alone, and what has set itself.
        const bool left_alone = thread->ended || thread->credentials_changed > 0 || thread->changed_itself > 0;
        oracle_.expect(left_alone || values.contains(thread->value), [&] {
            std::string text = text_of(*thread) + " must have";
            for (const int value : values) {
                text += (value == *values.begin() ? " " : " or ") + std::to_string(value);
            }
            return text;
        });
    }
}

void ScopeWorld::expect_as_promised() {
    const auto& holds = daemon().holds;
    if (!live_.empty() || loop_.is_busy() || holds.under_way() != holds.count() || stopped_) {
        return;
    }
    for (const Process* process : processes_) {
        if (strict_ || !crossed_.contains(process)) {
            expect_one_of(*process, promised(*process));
        }
    }
    for (const Process* child : children_) {
        if (strict_ || !crossed_.contains(child->parent)) {
            expect_one_of(*child, promised_to_child_of(*child->parent));
        }
    }
}

}  // namespace iopriority::simulation
