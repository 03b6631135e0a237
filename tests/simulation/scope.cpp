// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "scope.hpp"

#include <algorithm>

#include "values/values.hpp"

namespace iopriority::simulation {

using What = Step::What;

namespace {

// What comes later than this is nothing that a call or the end of a hold waits for.
constexpr Moment soon = 100'000'000;
// The service works for a millisecond at a time: a few calls.
constexpr Moment cost = 300'000;

}  // namespace

ScopeWorld::ScopeWorld(const Scope& scope, Path& path, Choices& fixed, unsigned bound, bool strict)
    : World(fixed, Empty{}), scope_(scope), path_(path), left_(bound), strict_(strict) {
    constexpr Moment second = 1'000'000'000;
    auto& tasks = kernel_.tasks;
    tasks.start(0, "init", 0)->control_group = "/init.scope";
    for (const auto& each : scope.processes) {
        auto* process = processes_.emplace_back(tasks.start(each.uid, "shell", each.value));
        for (unsigned threads = 1; threads < each.threads; ++threads) {
            tasks.clone(*process->first);
        }
    }
    tasks.now += second;  // nobody is young
    kernel_.cost = cost;
    for (const auto& each : scope.actors) {
        auto& connection = connect(*processes_.at(each.process));
        connection.known = true;
        actors_.push_back({&each.script, &connection});
    }
    start_service();
    for (auto& connection : connections_) {
        connection.known = true;
    }
    oracle_.strict = true;
}

bool ScopeWorld::play() {
    while (!is_over()) {
        if (!step()) {
            return false;
        }
        note_crossed();
        expect_as_promised();
    }
    oracle_.expect(live_.empty(), "a call is not answered, and nothing more is to be done");
    if (!end()) {
        return false;
    }
    expect_as_promised();
    return broken().empty();
}

// ---- what happens next

bool ScopeWorld::is_soon_busy() const {
    const auto timer = loop_.next_timer();
    return loop_.is_busy() || (timer && *timer <= kernel_.tasks.now + soon);
}

bool ScopeWorld::is_over() const {
    const bool asks = !daemon().callers.empty() || daemon().polkit.open() > 0;
    return !asks && !is_soon_busy() &&
           std::none_of(actors_.begin(), actors_.end(), [this](const Actor& each) { return can(each); });
}

bool ScopeWorld::can(const Actor& actor) const {
    if (actor.next == actor.script->size() || actor.connection->left) {
        return false;
    }
    switch ((*actor.script)[actor.next].what) {
        case What::close:
            return actor.call->answers > 0;
        case What::second:
            return !is_soon_busy();
        case What::answer:
            return daemon().polkit.open() > 0;
        default:
            return true;
    }
}

// The bus, which is asked once the service was started anew; and polkit, where that is no actor.
bool ScopeWorld::answer_at_once() {
    const bool bus = !daemon().callers.empty();
    const bool polkit = daemon().polkit.open() > 0 &&
                        std::none_of(scope_.actors.begin(), scope_.actors.end(), [](const Scope::Actor& actor) {
                            return actor.script.front().what == What::answer;
                        });
    if (bus) {
        daemon().callers.answer(choices_);
    } else if (polkit) {
        daemon().polkit.answer(choices_);
    }
    return bus || polkit;
}

// The service goes on, or somebody comes.
void ScopeWorld::something_happens() {
    if (answer_at_once()) {
        return;
    }
    const bool goes_on = is_soon_busy();
    const bool busy = loop_.is_busy();
    std::vector<Actor*> ready;
    for (auto& actor : actors_) {
        if ((!busy || left_ > 0) && can(actor)) {
            ready.push_back(&actor);
        }
    }
    const bool lives = (!busy || left_ > 0) && lived_ < scope_.lives.size();
    auto taken = path_.choose((goes_on ? 1 : 0) + static_cast<unsigned>(ready.size()) + (lives ? 1 : 0));
    if (goes_on && taken == 0) {
        in_turn_ = true;
        changes_ = false;
        static_cast<void>(busy ? loop_.turn() : loop_.wait());
        in_turn_ = false;
        return;
    }
    taken -= goes_on ? 1 : 0;
    left_ -= busy ? 1 : 0;
    if (taken < ready.size()) {
        act(*ready[taken]);
    } else {
        live();
    }
}

void ScopeWorld::act(Actor& actor) {
    const auto& step = (*actor.script)[actor.next++];
    switch (step.what) {
        case What::set:
        case What::hold:
            call(actor, step);
            break;
        case What::close:
            close_hold(*actor.call);
            break;
        case What::leave:
            leave(*actor.connection);
            break;
        case What::second:
            loop_.wait();
            break;
        case What::answer:
            daemon().polkit.answer(choices_);
            break;
        case What::stop:
            stop_service();
            break;
        default:
            break;
    }
}

void ScopeWorld::call(Actor& actor, const Step& step) {
    auto& call = call_of(*actor.connection);
    call.kind = step.what == What::set ? Call::Kind::set : Call::Kind::hold;
    call.wanted = step.wanted;
    const bool one = step.of.size() == 1;
    call.spec.kind = one ? service::TargetSpec::Kind::process : service::TargetSpec::Kind::processes;
    for (const auto number : step.of) {
        call.spec.ids.push_back(static_cast<std::uint32_t>(processes_.at(number)->pid));
    }
    if (one) {
        call.spec.id = call.spec.ids.front();
        call.spec.ids.clear();
    }
    actor.call = &call;
    send(call);
}

// ---- lives

// Before the first system call of a turn is before the turn, which is chosen there.
void ScopeWorld::before_call() {
    if (!in_turn_ || calm_ || lived_ == scope_.lives.size()) {
        return;
    }
    if (changes_ && path_.choose(left_ > 0 ? 2 : 1) == 1) {
        --left_;
        live();
    }
    changes_ = true;
}

void ScopeWorld::live() {
    const auto& step = scope_.lives.at(lived_++);
    change(step, *processes_.at(step.of.front()));
}

void ScopeWorld::change(const Step& step, Process& process) {
    auto& tasks = kernel_.tasks;
    auto& thread = *process.threads.back();
    const auto tid = thread.tid;
    const auto pid = process.pid;
    switch (step.what) {
        case What::born:
            tell([&] { return "a thread of " + std::to_string(pid) + " is born"; });
            tasks.clone(thread);
            break;
        case What::ends:
            tell([&] { return text_of(thread) + " ends"; });
            tasks.exit(thread);
            break;
        case What::execs:
        case What::execs_setuid:
            tell([&] { return text_of(thread) + " executes a program"; });
            tasks.execute(thread, step.what == What::execs_setuid, "other");
            break;
        case What::sets_itself:
            tell([&] { return text_of(thread) + " sets itself"; });
            tasks.set_itself(thread, values::to_kernel(step.wanted));
            break;
        case What::thread_number_reused:
            tell([&] { return text_of(thread) + " ends, and its number is another's"; });
            tasks.exit(thread);
            tasks.next = tid;
            tasks.clone(*processes_.back()->first);
            break;
        case What::forks:
            tell([&] { return "a child of " + std::to_string(pid) + " is born"; });
            children_.push_back(tasks.fork(thread));
            break;
        case What::dies:
            tell([&] { return "process " + std::to_string(pid) + " ends"; });
            tasks.exit(process);
            break;
        case What::number_reused:
            tell([&] { return "process " + std::to_string(pid) + " ends, and its number is root's"; });
            tasks.exit(process);
            tasks.reap(process);
            tasks.next = pid;
            tasks.start(0, "other", 0);
            break;
        default:
            break;
    }
}

}  // namespace iopriority::simulation
