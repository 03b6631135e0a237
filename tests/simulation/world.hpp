// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A crowd of users before the real service, in a simulated world.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon.hpp"
#include "oracle.hpp"

namespace iopriority::simulation {

/// As it is, with a crowd; a scope has another population, and says itself what happens (scope.hpp).
class World : public Observer {
 public:
    explicit World(Choices& choices);
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    World(World&&) = delete;
    World& operator=(World&&) = delete;
    ~World() override;

    /// So many things happen; then everybody leaves, and all that is under way comes to its end.
    /// @return false once a promise is broken
    bool play(std::uint64_t steps);

    [[nodiscard]] const std::string& broken() const noexcept { return oracle_.broken(); }
    void be_strict() { oracle_.strict = true; }
    [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }
    /// Notes all that happens, which takes most of the time.
    void tell_all() { tells_ = true; }
    [[nodiscard]] const std::deque<std::string>& story() const noexcept { return story_; }

    void before_call() override;
    void pinned(Process& process) override;
    void looked_at(const Thread& thread) override;
    void sets(Thread& thread, int value) override;

 protected:
    struct Empty {};
    /// Without a process, and without the service.
    World(Choices& choices, Empty empty);

    bool step();
    virtual void something_happens();
    bool end();
    void start_service();
    void stop_service();
    Connection& connect(Process& process);
    void leave(Connection& connection);
    Call& call_of(Connection& connection);
    void send(Call& call);
    void close_hold(Call& call);
    /// @param what makes the text
    template <typename What>
    void tell(const What& what) {
        if (tells_) {
            story_.push_back(std::to_string(kernel_.tasks.now / 1000) + " us: " + what());
        }
    }

    // NOLINTBEGIN(*-non-private-member-variables-*): of the two kinds of worlds
    Choices& choices_;
    Kernel kernel_;
    SimulatedLoop loop_;
    std::deque<Connection> connections_;
    std::deque<Call> calls_;
    std::vector<Call*> live_;
    Oracle oracle_;
    bool calm_ = false;
    std::optional<Moment> stopped_;  ///< when it was told to end
    // NOLINTEND(*-non-private-member-variables-*)
    [[nodiscard]] Daemon& daemon() { return *daemon_; }
    [[nodiscard]] const Daemon& daemon() const { return *daemon_; }

 private:
    // The crowd (crowd.cpp).
    void populate();
    Connection* someone();
    void connect();
    void send();
    void flood();
    [[nodiscard]] service::TargetSpec some_target(Call& call);
    [[nodiscard]] Priority some_priority();

    // Their processes (lives.cpp).
    void live();
    void change(Thread& thread);
    Process* some_process();
    [[nodiscard]] int some_value();

    // The service (world.cpp, checks.cpp).
    void service_ended();
    void deliver(Call& call);
    void answered(Call& call, const Failure* failure);
    bool check();
    void check_calls();
    void check_counts(std::size_t under_way);

    std::map<std::string, Connection*> by_name_;
    std::vector<Call*> held_;
    std::vector<Call*> late_;  ///< came when the service had given its name up
    std::deque<std::string> story_;
    bool tells_ = false;
    std::uint64_t steps_ = 0;
    unsigned rate_ = 100;  ///< a life changes once in so many system calls
    unsigned until_ = 100;

    std::set<uid_t> users_;
    std::optional<Daemon> daemon_;  ///< ends before what it uses
};

}  // namespace iopriority::simulation
