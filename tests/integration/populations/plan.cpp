// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan.hpp"

#include <sched.h>

namespace iopriority::test {

namespace {

constexpr int none = 0;
constexpr int realtime = 1 << 13;
constexpr int best_effort = 2 << 13;
constexpr int idle = 3 << 13;

/// Some are what ioprio_set(2) takes and nobody should ask for: hints, levels of idle, hints on nothing.
int random_value(Dice& dice, bool unprivileged) {
    const int level = dice.between(0, 7);
    const int hint = dice.between(1, 7) << 3;
    switch (dice.below(12)) {
        case 0:
        case 1:
        case 2:
            return best_effort | level;
        case 3:
            return best_effort | hint | level;  // such as 0x400c
        case 4:
            return idle;
        case 5:
            return idle | 7;  // as ionice writes it
        case 6:
            return idle | hint | level;
        case 7:
            return unprivileged ? best_effort | (1 << 12) | level : realtime | level;
        case 8:
            return unprivileged ? idle | 4 : realtime | hint | level;
        case 9:
            return dice.chance(50) ? 1 << 12 : hint;  // none with a hint
        default:
            return none;
    }
}

Identity random_identity(Dice& dice, const Users& users) {
    const uid_t user = dice.chance(65) ? users.alice : users.bob;
    const uid_t other = user == users.alice ? users.bob : users.alice;
    switch (dice.below(16)) {
        case 0:
            return {user, user, user, Keeps::one_capability};
        case 1:
            return {user, 0, 0};  // as a setuid program
        case 2:
            return {user, other, other};
        case 3:
            return {0, 0, 0};
        case 4:
            return {0, 0, 0, Keeps::nothing};
        case 5:
            return {0, user, 0};  // has dropped its effective id only
        case 6:
            return {user, user, 0};  // as a server that may go back
        default:
            return {user, user, user};
    }
}

/// Most processes are of one mind, so that there are some that need nothing.
class Minds {
 public:
    Minds(Dice& dice, const Size& size, const Users& users) : users_{users} {
        const uid_t user = dice.chance(65) ? users.alice : users.bob;
        main_ = dice.chance(70) ? Identity{user, user, user} : random_identity(dice, users);
        odd_percent_ = size.of_one_mind ? 0 : std::vector<std::size_t>{0, 0, 0, 10, 60}.at(dice.below(5));
    }
    [[nodiscard]] Identity next(Dice& dice) const {
        return dice.chance(odd_percent_) ? random_identity(dice, users_) : main_;
    }

 private:
    Users users_;
    Identity main_{};
    std::size_t odd_percent_{0};
};

ThreadPlan random_thread(Dice& dice, const Identity& identity) {
    ThreadPlan thread{.identity = identity, .value = random_value(dice, false)};
    thread.nice = dice.chance(50) ? 0 : dice.between(-20, 19);
    static const std::vector<int> policies{SCHED_IDLE, SCHED_BATCH, SCHED_FIFO, SCHED_RR};
    thread.policy = dice.chance(60) ? SCHED_OTHER : dice.one_of(policies);
    return thread;
}

/// Inside, the user has all capabilities or none, and none of them counts outside.
ThreadPlan inside_user_namespace(Dice& dice, const ProcessPlan& process, uid_t user) {
    ThreadPlan thread;
    const uid_t id = process.user_namespace == UserNamespace::own ? user : 0;
    thread.identity = {id, id, id, dice.chance(40) ? Keeps::nothing : Keeps::what_the_kernel_leaves};
    thread.value = random_value(dice, true);
    thread.nice = dice.chance(50) ? 0 : dice.between(1, 19);
    thread.policy = dice.chance(70) ? SCHED_OTHER : SCHED_BATCH;
    return thread;
}

bool can_have_children(const ProcessPlan& process) {
    return !process.ended && process.user_namespace == UserNamespace::none;
}

void place(Dice& dice, const Size& size, Plan& plan, ProcessPlan& process) {
    process.own_group = dice.chance(12);
    if (plan.processes.empty() || !dice.chance(size.child_percent)) {
        return;
    }
    // Trees grow from the youngest: some are deep.
    const auto oldest = plan.processes.size() > 8 ? plan.processes.size() - 8 : 0;
    const auto parent = oldest + dice.below(plan.processes.size() - oldest);
    if (can_have_children(plan.processes[parent])) {
        process.parent = static_cast<int>(parent);
    }
}

void add_process(Dice& dice, const Size& size, const Users& users, Plan& plan) {
    ProcessPlan process;
    place(dice, size, plan, process);
    const Minds minds{dice, size, users};
    const int count = size.most_threads == 1 ? 1 : dice.between(1, size.most_threads);
    process.ended = dice.chance(6);
    if (!process.ended && !size.of_one_mind && dice.chance(6)) {
        process.user_namespace = dice.chance(50) ? UserNamespace::own : UserNamespace::by_root;
    }
    process.leader_ended =
        !process.ended && count > 1 && process.user_namespace == UserNamespace::none && dice.chance(12);
    const bool is_apart = process.user_namespace != UserNamespace::none;
    const std::size_t sharing_percent = std::vector<std::size_t>{0, 0, 30, 90}.at(dice.below(4));
    for (int i = 0; i < (process.ended ? 1 : count); ++i) {
        auto thread =
            is_apart ? inside_user_namespace(dice, process, users.alice) : random_thread(dice, minds.next(dice));
        thread.shares = i > 0 && dice.chance(sharing_percent);
        process.has_sharers = process.has_sharers || thread.shares;
        process.threads.push_back(thread);
    }
    if (process.parent >= 0 && !is_apart && !process.ended && dice.chance(15)) {
        process.threads[0].shares = true;
        plan.processes[static_cast<std::size_t>(process.parent)].has_sharers = true;
    }
    process.first_thread = plan.threads;
    plan.threads += process.threads.size();
    plan.processes.push_back(std::move(process));
}

}  // namespace

Plan make_plan(Dice& dice, const Size& size, const Users& users) {
    Plan plan;
    plan.namespace_user = users.alice;
    while (plan.threads < size.threads) {
        add_process(dice, size, users, plan);
    }
    return plan;
}

}  // namespace iopriority::test
