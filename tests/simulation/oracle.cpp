// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "oracle.hpp"

#include <algorithm>

#include "values/values.hpp"

namespace iopriority::simulation {

using Why = SimulatedLoop::Why;

namespace {

bool is_realtime(int value) {
    return values::from_kernel(value).io_class() == PriorityClass::realtime;
}

}  // namespace

// ---- what is set

void Oracle::sets(Thread& thread, int value) {
    auto* call = loop_.current();
    if (ends_all || (call == nullptr && is_stopping)) {
        expect(thread.owed == value || !is_realtime(value) || may_go_back_to(thread, value), [&] {
            return text_of(thread) + " is put back to " + std::to_string(value) +
                   " at the end of the service, which it never had";
        });
        thread.owed.reset();
        return;
    }
    if (call == nullptr || call->kind == Call::Kind::read) {
        expect(false, [&] { return text_of(thread) + " is set to " + std::to_string(value) + " for nobody"; });
        return;
    }
    // Where a hold is undone, what it puts back, for itself and for others that end at the same time, can look like
    // what it sets: "none", what somebody has set in this process for good, and what another hold wants.
    const bool may_be_undone =
        call->kind == Call::Kind::hold && !is_target(*call, thread) &&
        (call->wanted == Priority::none() || thread.process->own.contains(value) || is_held_at(thread, value, call));
    // The settle pass of a hold can still be to come when the hold is closed.
    const bool is_over = call->closed || loop_.why() == Why::closed;
    if (value == values::to_kernel(call->wanted) && call->under_way() && !may_be_undone && !is_over) {
        sets_as_wanted(*call, thread, value);
    } else {
        puts_back(*call, thread, value);
    }
}

void Oracle::sets_as_wanted(Call& call, Thread& thread, int value) {
    const auto what = [&] { return text_of(thread) + " is set for " + call.text(); };
    expect(!call.failed, [&] { return what() + " after that was answered with an error"; });
    if (is_target(call, thread) && is_allowed(call, thread)) {
        if (call.kind == Call::Kind::set) {
            thread.process->own.insert(value);
        }
        const auto* before = thread.set_by;
        thread.process->crossed = thread.process->crossed || (before != nullptr && before != &call &&
                                                              before->kind == Call::Kind::hold && before->under_way());
        thread.owed.reset();
        thread.set_by = &call;
        thread.set_at = kernel_.tasks.now;
        call.set.insert(thread.process);
        // (One that came with the number of another right now is not told of.)
        if (value != thread.value && thread.born < loop_.since()) {
            call.changed.insert(&thread);
        }
        return;
    }
    // Nobody can know what happens between the look at a thread and the call that sets it. But it is put back.
    const bool just_now = std::max(thread.credentials_changed, thread.born) >= loop_.since();
    // Where a number is given away and taken again within a tick of the clock, a tree can take another process for its.
    const bool excused = just_now || (!strict && call.spec.descendants && !is_target(call, thread));
    expect(excused, [&] {
        return what() + (is_target(call, thread) ? ", which nobody has allowed" : ", which is about others");
    });
    owes(call, thread, value);
}

void Oracle::owes(Call& call, Thread& thread, int value) {
    if (value == thread.value) {
        return;  // it has it already
    }
    if (!thread.owed) {
        thread.owed = thread.value;
    }
    call.owes.insert(&thread);
}

void Oracle::puts_back(Call& call, Thread& thread, int value) {
    const auto what = [&] {
        return text_of(thread) + " is put back to " + std::to_string(value) + " for " + call.text();
    };
    const bool is_owed = thread.owed == value;
    thread.put_back_at = kernel_.tasks.now;
    call.changed.erase(&thread);
    expect(is_owed || !is_realtime(value) || may_go_back_to(thread, value),
           [&] { return what() + ", which it never had"; });
    if (thread.owed) {
        thread.owed.reset();
        return;
    }
    const bool ends_hold = call.held || !call.under_way();
    if (ends_hold && !is_allowed(call, thread)) {
        const bool just_now = std::max(thread.credentials_changed, thread.born) >= loop_.since();
        expect(just_now || !strict, [&] { return what() + ", which nobody has allowed"; });
        owes(call, thread, value);
    }
}

// Where holds were beginning at once, what each found is not known well enough to say.
bool Oracle::may_go_back_to(const Thread& thread, int value) const {
    const auto& process = *thread.process;
    if (!strict || process.crossed) {
        return true;
    }
    const auto has = [value](const Thread* other) { return other != nullptr && other->value == value; };
    if (process.own.contains(value) || has(thread.creator) ||
        (process.parent != nullptr && has(process.parent->first))) {
        return true;
    }
    return is_held_at(thread, value);
}

// By another than this.
bool Oracle::is_held_at(const Thread& thread, int value, const Call* one) const {
    const auto& process = *thread.process;
    return std::any_of(calls_.begin(), calls_.end(), [&](const Call& call) {
        constexpr Moment end = 10'000'000'000;
        const bool ends = call.closed && kernel_.tasks.now < *call.closed + end;
        const bool holds = call.held || ends || (call.kind == Call::Kind::hold && call.under_way());
        // An orphan counts as born of the first process.
        const bool reaches =
            is_target(call, thread) || (process.parent != nullptr && is_target(call, *process.parent->first));
        return &call != one && holds && values::to_kernel(call.wanted) == value && reaches;
    });
}

// ---- what is answered

void Oracle::answered(Call& call, const Failure* failure) {
    ++call.answers;
    expect(call.answers == 1, [&] { return call.text() + " is answered twice"; });
    call.failed = failure != nullptr;
    call.in_part = call.failed && failure->code == ErrorCode::partially_applied;
    call.answered_at = kernel_.tasks.now;
    expect_paid(call, "when it was answered");
    if (call.kind == Call::Kind::read) {
        return;
    }
    if (!call.failed) {
        expect_as_wanted(call);
    }
    // Wanted for good, also where a hold has set it already.
    if (call.kind == Call::Kind::set && (!call.failed || call.in_part)) {
        for (const auto& [tid, thread] : kernel_.tasks.all()) {
            if (is_target(call, *thread)) {
                thread->process->own.insert(values::to_kernel(call.wanted));
            }
        }
    }
}

// No success while a thread that lived through the call is not as wanted, unless somebody has set it since. Of several
// processes, those threads are left out that may not be set, root's that never are, and those that a hold put back
// meanwhile: it can end after their turn.
void Oracle::expect_as_wanted(const Call& call) {
    using Kind = service::TargetSpec::Kind;
    const bool one = call.spec.kind == Kind::process || call.spec.kind == Kind::pidfd;
    if (call.keep_explicit || call.spec.descendants || (one && call.pinned == nullptr) ||
        (!one && call.kind == Call::Kind::hold)) {
        return;
    }
    for (const auto& [tid, thread] : kernel_.tasks.all()) {
        const bool lived_through = thread->born < call.begun && !thread->ended;
        const bool left_alone = thread->changed_itself < call.begun &&
                                (thread->set_by == nullptr || thread->set_by == &call || thread->set_at < call.begun);
        const bool is_meant =
            is_target(call, *thread) &&
            (one ||
             (std::max(thread->credentials_changed, thread->put_back_at) < call.begun && is_allowed(call, *thread) &&
              !(call.spec.kind == Kind::user && (thread->process->of_kernel || thread->process->pid == 1))));
        expect(!lived_through || !left_alone || !is_meant || values::from_kernel(thread->value) == call.wanted,
               [&, &thread = *thread] {
                   return call.text() + " is answered with success, but " + text_of(thread) + " is not so";
               });
    }
}

void Oracle::expect_paid(const Call& call, const char* when) {
    for (const Thread* thread : call.owes) {
        expect(!thread->owed || thread->ended || !strict,
               [&] { return text_of(*thread) + " was not put back " + when + ", for " + call.text(); });
    }
}

void Oracle::dispatched(Call* call, Why why) {
    if (call == nullptr) {
        return;
    }
    constexpr unsigned most_turns = 2000;
    if (why == Why::turn) {
        ++call->turns;
        expect(call->turns < most_turns, [&] { return call->text() + " works without end"; });
    }
    if (why == Why::closed) {
        call->held = false;
        call->closed = kernel_.tasks.now;
        call->from->holds.erase(call);
    }
    if (why == Why::closed || !call->under_way()) {
        expect_paid(*call, "when its work was done");
    }
}

void Oracle::gone(Call& call) {
    expect(call.answers == 1, [&] { return call.text() + " is over without an answer"; });
    expect_paid(call, "when its request was over");
    // One that ended, or executed a program, right after it was set is not told of.
    const bool changed =
        std::any_of(call.changed.begin(), call.changed.end(), [](const Thread* thread) { return !thread->ended; });
    expect(call.kind != Call::Kind::set || !changed || call.logged || call.dropped || is_stopping || !strict,
           [&] { return call.text() + " has changed something without a line in the log"; });
}

void Oracle::at_end() {
    for (const auto& each : kernel_.tasks.all()) {
        const auto* thread = each.second;
        // A hold does not end for threads that its holder may not set any more.
        const bool changed_hands = thread->credentials_changed > 0;
        expect(thread->ended || !strict || changed_hands || thread->process->crossed || !is_realtime(thread->value) ||
                   thread->process->own.contains(thread->value),
               [&] { return text_of(*thread) + " has realtime at the end, which nobody has set for good"; });
    }
}

}  // namespace iopriority::simulation
