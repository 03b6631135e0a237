// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "oracle.hpp"

#include <sched.h>

#include <algorithm>
#include <optional>

#include "support/bus.hpp"

namespace iopriority::test {

namespace {

constexpr int none = 0;
constexpr int realtime = 1;
constexpr int best_effort = 2;
constexpr int idle = 3;
constexpr pid_t first_process = 1;

using Indices = std::vector<std::size_t>;

// -- what a request is about
// ------------------------------------------------------------------------------------------

bool descends_from(const World& world, pid_t pid, pid_t root) {
    for (auto found = world.processes.find(pid); found != world.processes.end();
         found = world.processes.find(found->second.parent)) {
        if (found->first == root) {
            return true;
        }
    }
    return false;
}

bool is_named(const World& world, const Request& request, const Thread& thread) {
    const auto number = static_cast<pid_t>(request.target);
    switch (request.kind) {
        case Kind::process:
        case Kind::pidfd:
            return thread.pid == number;
        case Kind::tree:
            return descends_from(world, thread.pid, number);
        case Kind::list:
            return std::count(request.members.begin(), request.members.end(), thread.pid) > 0;
        case Kind::group:
            return world.processes.at(thread.pid).group == number;
        case Kind::user:
            return thread.real_uid == request.target && (thread.real_uid != 0 || thread.pid != first_process);
    }
    return false;
}

Indices live_threads_of(const World& world, const Request& request) {
    Indices selected;
    for (std::size_t i = 0; i < world.threads.size(); ++i) {
        if (world.threads[i].live && is_named(world, request, world.threads[i])) {
            selected.push_back(i);
        }
    }
    return selected;
}

// -- who may do that
// --------------------------------------------------------------------------------------------------

/// The rows of the contract's table, the strictest last.
enum class Need { nothing, own_realtime, other_users, other_users_realtime };

bool belongs_to(const Thread& thread, uid_t caller, bool capabilities_count) {
    return thread.real_uid == caller && !(thread.privileged && capabilities_count);
}

Need need_of(const Thread& thread, const Request& request, uid_t caller) {
    const bool wants_realtime = request.wanted.io_class == realtime;
    const bool sweeps_own = request.kind == Kind::user && request.target == caller && !wants_realtime;
    if (caller == 0) {
        return Need::nothing;
    }
    if (belongs_to(thread, caller, !sweeps_own)) {
        return wants_realtime ? Need::own_realtime : Need::nothing;
    }
    return wants_realtime ? Need::other_users_realtime : Need::other_users;
}

std::string_view action_of(Need need) {
    static const std::vector<std::string_view> actions{"", set_realtime, set_other_users, set_other_users_realtime};
    return actions.at(static_cast<std::size_t>(need));
}

bool is_allowed(Need need, const std::set<uid_t>& owners, Rules rules, uid_t bob) {
    switch (rules) {
        case Rules::nothing:
            return need == Need::nothing;
        case Rules::realtime:
            return need <= Need::own_realtime;
        case Rules::other_users:
            return need == Need::nothing || need == Need::other_users;
        case Rules::other_users_if_bob:
            return need == Need::nothing || (need == Need::other_users && owners == std::set{bob});
        case Rules::other_users_realtime:
            return true;  // it implies the others
    }
    return false;
}

/// One request, one action: the strictest that any thread needs. What polkit is told of are the owners of all threads:
/// as target-user if it is one, else no rule for one user fits.
void judge(const World& world, const Request& request, const Users& users, const Indices& selected,
           Expectation& expected) {
    const uid_t caller = request.who == Who::root ? 0 : users.alice;
    Need strictest = Need::nothing;
    std::set<uid_t> owners;
    for (const auto i : selected) {
        const auto need = need_of(world.threads[i], request, caller);
        strictest = std::max(strictest, need);
        owners.insert(world.threads[i].real_uid);
    }
    expected.action = action_of(strictest);
    if (!is_allowed(strictest, owners, request.rules, users.bob)) {
        expected.error = error::interaction_required;
    }
}

// -- what is there afterwards
// -----------------------------------------------------------------------------------------

/// An io_context changes for all who share it. Who has what is wanted may keep his hints.
void set(const World& world, const Request& request, const Indices& selected, Expectation& expected) {
    std::set<std::size_t> changed;
    for (const auto i : selected) {
        if (!request.keep_explicit || masked(world.threads[i].value).io_class == none) {
            changed.insert(world.threads[i].context);
        }
    }
    for (std::size_t i = 0; i < world.threads.size(); ++i) {
        const auto& thread = world.threads[i];
        if (!thread.live || !changed.contains(thread.context)) {
            continue;
        }
        expected.values[i] = {kernel_value(request.wanted)};
        if (masked(thread.value) == request.wanted) {
            expected.values[i].push_back(thread.value);
        }
    }
}

/// It has a priority of its own, and not the one that is asked for.
bool is_left_alone(const Thread& thread, const Request& request) {
    const auto own = masked(thread.value);
    return request.keep_explicit && own.io_class != none && own != request.wanted;
}

/// What stood there on those that were set, where that can be told: of those who share an io_context only the first has
/// its own, and the kernel's call for a user says nothing.
void find_before(const World& world, const Request& request, const Indices& selected, Expectation& expected) {
    std::set<std::size_t> contexts;
    std::map<std::string, unsigned> before;
    for (const auto i : selected) {
        const auto& thread = world.threads[i];
        contexts.insert(thread.context);
        if (is_left_alone(thread, request)) {
            ++expected.left_alone["explicit"];
        } else {
            ++before[words(masked(thread.value))];
        }
    }
    if (contexts.size() == selected.size() && request.kind != Kind::user) {
        expected.before = before;
    }
}

/// Members of a list of which no thread lives.
void count_ended(const World& world, const Request& request, const Indices& selected, Expectation& expected) {
    std::set<pid_t> members{request.members.begin(), request.members.end()};
    for (const auto i : selected) {
        members.erase(world.threads[i].pid);
    }
    if (!members.empty()) {
        expected.left_alone["ended"] = static_cast<unsigned>(members.size());
    }
}

void count(const World& world, const Request& request, const Indices& selected, Expectation& expected) {
    const bool reads = request.verb == Verb::get || request.verb == Verb::describe;
    std::set<pid_t> processes;
    for (const auto i : selected) {
        processes.insert(world.threads[i].pid);
        expected.threads += reads || masked(expected.values[i].front()) == request.wanted ? 1U : 0U;
    }
    expected.processes = static_cast<unsigned>(processes.size());
}

// -- what is read
// -----------------------------------------------------------------------------------------------------

/// What the block layer makes of it: where nothing is set, it follows CPU policy and nice value.
Level effective(const Thread& thread) {
    const auto set = masked(thread.value);
    if (set.io_class != none) {
        return set;
    }
    constexpr int nice_values_of_a_level = 5;
    const int level = (thread.nice + 20) / nice_values_of_a_level;
    switch (thread.policy) {
        case SCHED_IDLE:
            return {idle, 0};
        case SCHED_FIFO:
        case SCHED_RR:
        case SCHED_DEADLINE:
            return {realtime, level};
        default:
            return {best_effort, level};
    }
}

void read(const World& world, const Indices& selected, Expectation& expected) {
    std::optional<Level> best;
    for (const auto i : selected) {
        const auto now = effective(world.threads[i]);
        best = best ? std::min(*best, now) : now;
        ++expected.breakdown[words(masked(world.threads[i].value))];
    }
    expected.effective = best.value();
    for (const auto i : selected) {
        if (effective(world.threads[i]) == *best) {
            expected.highest.insert(masked(world.threads[i].value));
        }
    }
}

}  // namespace

Expectation expectation_of(const World& world, const Request& request, const Users& users) {
    Expectation expected;
    for (const auto& thread : world.threads) {
        expected.values.push_back({thread.value});
    }
    const auto selected = live_threads_of(world, request);
    if (selected.empty()) {
        expected.error = error::no_such_process;
        return expected;
    }
    if (request.verb == Verb::get || request.verb == Verb::describe) {
        read(world, selected, expected);
    } else {
        judge(world, request, users, selected, expected);
        if (expected.error.empty()) {
            set(world, request, selected, expected);
            find_before(world, request, selected, expected);
            count_ended(world, request, selected, expected);
        }
    }
    count(world, request, selected, expected);
    return expected;
}

bool is_ones_own(const Thread& thread, uid_t caller) {
    return belongs_to(thread, caller, true);
}

std::string words(const Thread& thread, const Users& users) {
    const std::string whose = thread.real_uid == users.alice ? "alice"
                              : thread.real_uid == users.bob ? "bob"
                                                             : "user " + std::to_string(thread.real_uid);
    return "thread " + std::to_string(thread.tid) + " of " + std::to_string(thread.pid) + " (" + whose +
           (thread.privileged ? ", capabilities" : "") + (thread.apart ? ", user name space" : "") +
           (thread.live ? "" : ", ended") + "; had " + words_of_value(thread.value) + ", nice " +
           std::to_string(thread.nice) + ", policy " + std::to_string(thread.policy) + ')';
}

}  // namespace iopriority::test
