// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A scope: a world so small that all that can happen in it is played. Each of its actors has a few steps, and comes
/// with the next one before any turn of the service; each change of a life comes before any turn or system call. How
/// often somebody comes while the service has something to do is bounded. What else is open in a crowd is fixed here:
/// what calls cost, in what order one turn of the loop looks at its sources, and that polkit grants.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "path.hpp"
#include "world.hpp"

namespace iopriority::simulation {

/// What somebody does, about the processes that are counted from 0 on.
struct Step {
    enum class What : std::uint8_t {
        // A caller.
        set,
        hold,
        close,  ///< the hold that was begun last, once it has begun
        leave,
        // The machine.
        second,  ///< passes, where nothing else is to be done
        answer,  ///< of polkit
        stop,    ///< the service is told to end
        // A life: the last thread of the process.
        born,
        ends,
        execs,
        execs_setuid,
        sets_itself,
        thread_number_reused,  ///< it ends, and its number becomes that of a thread of the last process
        // The process.
        forks,
        dies,
        number_reused  ///< it ends, and its number becomes root's
    };
    What what;
    std::vector<std::size_t> of{};
    Priority wanted{};
};

struct Scope {
    struct Machine {
        uid_t uid;
        unsigned threads;
        int value;
    };
    struct Actor {
        std::size_t process;  ///< that it calls from
        std::vector<Step> script;
    };

    const char* name;
    std::vector<Machine> processes;
    std::vector<Actor> actors;
    std::vector<Step> lives{};
    /// How often an actor or a life may come while the service has something to do, at most.
    unsigned bound;

    static constexpr unsigned unbounded = 1'000'000;
};

[[nodiscard]] const std::vector<Scope>& all_scopes();

/// A scope as one path goes through it.
class ScopeWorld final : public World {
 public:
    /// @param strict asks also for what is not promised where a hold begins while others begin or end
    ScopeWorld(const Scope& scope, Path& path, Choices& fixed, unsigned bound, bool strict);

    /// Until all scripts have been played; then everybody leaves.
    /// @return false once a promise is broken
    bool play();

    void before_call() override;

 private:
    struct Actor {
        const std::vector<Step>* script = nullptr;
        Connection* connection = nullptr;
        std::size_t next = 0;
        Call* call = nullptr;  ///< its last one
    };

    void something_happens() override;
    bool answer_at_once();
    [[nodiscard]] bool is_over() const;
    [[nodiscard]] bool is_soon_busy() const;
    [[nodiscard]] bool can(const Actor& actor) const;
    void act(Actor& actor);
    void call(Actor& actor, const Step& step);
    void live();
    void change(const Step& step, Process& process);

    // What each thread must have (scope_promise.cpp).
    void note_crossed();
    void expect_as_promised();
    void expect_one_of(const Process& process, const std::set<int>& values);
    [[nodiscard]] std::set<int> promised(const Process& process) const;
    [[nodiscard]] std::set<int> promised_to_child_of(const Process& process) const;
    [[nodiscard]] int base_of(const Process& process) const;

    const Scope& scope_;
    Path& path_;
    unsigned left_;  ///< of the bound
    std::vector<Process*> processes_;
    std::vector<Process*> children_;
    std::set<const Process*> crossed_;  ///< on which a hold began while others began or ended
    bool strict_;
    std::vector<Actor> actors_;
    std::size_t lived_ = 0;
    bool in_turn_ = false;
    bool changes_ = false;  ///< a system call was made since the turn began
};

}  // namespace iopriority::simulation
