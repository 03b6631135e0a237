// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Holds on lists, trees, groups, users and units: each thread gets back what it had, or what the process that it comes
// from had, however the hold ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cast.hpp"
#include "service_manager.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::IsEmpty;

/// bob's: a process that leads a group of a child, whose other child is not in it, and one more process beside them.
/// Every thread has a priority of its own, one with a hint.
class Family {
 public:
    Family() {
        apart_ = root_.fork();
        root_.does("group");
        within_ = root_.fork();
        root_.thread();
        unit_.add(within_);
        unit_.add(other_.pid());
        const std::vector<std::string> priorities{"none", "best-effort:2", "best-effort:6", "idle"};
        std::size_t next = 0;
        for (const auto pid : all()) {
            for (const auto tid : threads_of(pid)) {
                set_thread(tid, priorities.at(next++ % priorities.size()));
            }
        }
        constexpr int with_hint = 0x400c;
        set_raw_priority(apart_, with_hint);
    }

    Family(const Family&) = delete;
    Family& operator=(const Family&) = delete;
    Family(Family&&) = delete;
    Family& operator=(Family&&) = delete;
    /// Nobody of it is left: bob has no other process.
    ~Family() {
        for (const auto pid : all()) {
            kill(pid, SIGKILL);
            static_cast<void>(wait_for_end(pid));
        }
    }

    [[nodiscard]] pid_t root() const { return root_.pid(); }
    [[nodiscard]] pid_t apart() const { return apart_; }
    [[nodiscard]] pid_t within() const { return within_; }
    [[nodiscard]] pid_t other() const { return other_.pid(); }
    [[nodiscard]] std::vector<pid_t> all() const { return {root(), apart(), within(), other()}; }
    Actor& actor() { return root_; }

 private:
    Actor root_{"bob"};
    Actor other_{"bob"};
    pid_t apart_ = -1;
    pid_t within_ = -1;
    ControlGroup unit_{"/iopt.slice/family.service"};
    ServiceManager systemd_{{{"family.service", "/iopt.slice/family.service"}}};
};

/// What a hold names, and the processes that this is.
struct Held {
    std::string name;
    On target;
    std::vector<pid_t> processes;
};

std::vector<Held> every_hold_on(const Family& family) {
    const auto root = family.root();
    const auto apart = family.apart();
    const auto within = family.within();
    const auto other = family.other();
    return {{"list", on::processes({apart, other}), {apart, other}},
            {"list of descriptors", on::pidfds({root, other}), {root, other}},
            {"list of trees", on::processes({root, other}).with("descendants"), {root, apart, within, other}},
            {"tree", on::tree(root), {root, apart, within}},
            {"tree by descriptor", on::pidfd(root).with("descendants"), {root, apart, within}},
            {"group", on::group(root), {root, within}},
            {"user", on::user("bob"), family.all()},
            {"unit", on::unit("family.service"), {within, other}}};
}

/// Ends the service as a crash would. Without systemd nobody keeps the descriptors: the next one ends all holds.
void crash() {
    const auto daemon = daemon_pid().value();
    kill(daemon, SIGKILL);
    ASSERT_TRUE(wait_for_end(daemon));
    ASSERT_TRUE(eventually([] { return daemon_pid() == std::nullopt; }));
    ASSERT_EQ(holds(), 0U);  // starts it again
}

/// Waits for what the kernel must have, and compares.
void expect_becomes(const std::vector<pid_t>& pids, const RawPriorities& wanted, const std::string& when) {
    static_cast<void>(eventually([&] { return raw_priorities_of(pids) == wanted; }, std::chrono::seconds{5}));
    EXPECT_EQ(raw_priorities_of(pids), wanted) << when;
}

class HoldOnEverything : public testing::Test {
 protected:
    HoldOnEverything() { set_rules(rule(set_other_users, "YES")); }
    /// What all threads have while these are held at a priority.
    [[nodiscard]] RawPriorities with(const std::vector<pid_t>& held, const std::string& priority) const {
        auto values = before;
        for (const auto& [tid, unused] : raw_priorities_of(held)) {
            values[tid] = raw(priority);
        }
        return values;
    }

    Family family;
    RawPriorities before = raw_priorities_of(family.all());
    Client alice{"alice"};
};

TEST_F(HoldOnEverything, is_refused_without_a_rule_and_changes_nothing) {
    reset_rules();
    PolkitMonitor polkit;
    for (const auto& held : every_hold_on(family)) {
        EXPECT_EQ(alice.try_hold(held.target, "idle"), error::interaction_required) << held.name;
        EXPECT_EQ(polkit.actions(), std::vector<std::string>{set_other_users}) << held.name;
    }
    EXPECT_EQ(raw_priorities_of(family.all()), before);
    EXPECT_EQ(holds(), 0U);
}

TEST_F(HoldOnEverything, sets_what_it_names_and_gives_each_thread_back_what_it_had) {
    for (const auto& held : every_hold_on(family)) {
        const auto reply = alice.try_hold(held.target, "best-effort:7");
        const auto threads = raw_priorities_of(held.processes).size();
        EXPECT_EQ(reply, "ok " + std::to_string(held.processes.size()) + ' ' + std::to_string(threads)) << held.name;
        EXPECT_EQ(raw_priorities_of(family.all()), with(held.processes, "best-effort:7")) << held.name;
        EXPECT_EQ(holds(), 1U);
        alice.end(reply.hold.value());
        expect_becomes(family.all(), before, held.name);
    }
}

TEST_F(HoldOnEverything, is_logged_at_its_end_by_the_name_that_it_began_with) {
    alice.end(alice.hold(on::unit("family.service"), "idle"));
    const std::string line = "unit family.service: idle -> what each thread had, end of a hold of alice (uid ";
    EXPECT_TRUE(eventually([&] { return daemon_log().find(line) != std::string::npos; })) << daemon_log();
}

TEST_F(HoldOnEverything, gives_back_after_its_holder_was_killed) {
    for (const auto& held : every_hold_on(family)) {
        Client holder{"alice"};
        holder.hold(held.target, "idle");
        EXPECT_EQ(raw_priorities_of(family.all()), with(held.processes, "idle")) << held.name;
        holder.child().signal(SIGKILL);
        ASSERT_TRUE(holds_become(0));
        expect_becomes(family.all(), before, held.name);
    }
}

TEST_F(HoldOnEverything, gives_back_after_the_service_was_killed) {
    for (const auto& held : every_hold_on(family)) {
        const auto copy = alice.copy(alice.hold(held.target, "idle"));
        EXPECT_EQ(raw_priorities_of(family.all()), with(held.processes, "idle")) << held.name;
        crash();
        EXPECT_EQ(told_by(copy), "lost") << held.name;
        expect_becomes(family.all(), before, held.name);
    }
}

TEST_F(HoldOnEverything, gives_back_before_the_service_that_is_stopped_ends) {
    for (const auto& held : every_hold_on(family)) {
        alice.hold(held.target, "idle");
        const auto daemon = daemon_pid().value();
        kill(daemon, SIGTERM);
        ASSERT_TRUE(wait_for_end(daemon));
        EXPECT_EQ(raw_priorities_of(family.all()), before) << held.name;
        ASSERT_TRUE(eventually([] { return daemon_pid() == std::nullopt; }));
    }
}

TEST_F(HoldOnEverything, gives_a_thread_that_was_born_meanwhile_what_the_first_of_its_process_had) {
    for (const auto& held : every_hold_on(family)) {
        if (std::count(held.processes.begin(), held.processes.end(), family.root()) == 0) {
            continue;
        }
        const int hold = alice.hold(held.target, "idle");
        const auto thread = family.actor().thread();
        EXPECT_EQ(priority_of_thread(thread), "idle") << held.name;
        alice.end(hold);
        before.insert_or_assign(thread, before.at(family.root()));
        expect_becomes(family.all(), before, held.name);
    }
}

// -- several holds
// --------------------------------------------------------------------------------------------------------------------

/// Of each thread the newest hold that has it is in force.
class Overlap : public HoldOnEverything {
 protected:
    struct InForce {
        Held held;
        std::string priority;
        int descriptor = -1;
        bool ended = false;
    };

    [[nodiscard]] std::vector<InForce> begin_all() {
        const std::vector<std::string> kinds{"tree", "group", "user", "unit"};
        const std::vector<std::string> priorities{"best-effort:1", "idle", "best-effort:5", "best-effort:7"};
        std::vector<InForce> all;
        for (const auto& held : every_hold_on(family)) {
            if (std::count(kinds.begin(), kinds.end(), held.name) > 0) {
                const auto& priority = priorities.at(all.size());
                all.push_back({held, priority, alice.hold(held.target, priority)});
            }
        }
        return all;
    }
    [[nodiscard]] RawPriorities wanted(const std::vector<InForce>& all) const {
        auto values = before;
        for (const auto& each : all) {
            for (const auto& [tid, unused] : raw_priorities_of(each.held.processes)) {
                values[tid] = each.ended ? values[tid] : raw(each.priority);
            }
        }
        return values;
    }
};

TEST_F(Overlap, of_four_kinds_ends_in_every_order_with_what_the_newest_wants) {
    std::vector<std::size_t> order{0, 1, 2, 3};
    do {
        auto all = begin_all();
        ASSERT_EQ(all.size(), order.size());
        ASSERT_EQ(raw_priorities_of(family.all()), wanted(all));
        for (const auto which : order) {
            alice.end(all[which].descriptor);
            all[which].ended = true;
            expect_becomes(family.all(), wanted(all), testing::PrintToString(order));
        }
    } while (!HasFailure() && std::next_permutation(order.begin(), order.end()));
}

TEST_F(Overlap, of_any_two_kinds_ends_in_either_order_with_what_the_newest_wants) {
    const auto kinds = every_hold_on(family);
    for (const auto& older : kinds) {
        for (const auto& newer : kinds) {
            for (const std::size_t first : {0U, 1U}) {
                SCOPED_TRACE(older.name + ", then " + newer.name + "; ends first: " + std::to_string(first));
                std::vector<InForce> both;
                both.push_back({older, "best-effort:1", alice.hold(older.target, "best-effort:1")});
                both.push_back({newer, "idle", alice.hold(newer.target, "idle")});
                ASSERT_EQ(raw_priorities_of(family.all()), wanted(both));
                for (const auto which : {first, 1 - first}) {
                    alice.end(both[which].descriptor);
                    both[which].ended = true;
                    expect_becomes(family.all(), wanted(both), "ended: " + std::to_string(which));
                }
                ASSERT_FALSE(HasFailure());
            }
        }
    }
}

TEST_F(Overlap, of_four_kinds_ends_whole_with_a_service_that_is_killed) {
    auto all = begin_all();
    alice.end(all[2].descriptor);
    all[2].ended = true;
    expect_becomes(family.all(), wanted(all), "before the crash");
    crash();
    expect_becomes(family.all(), before, "after the crash");
}

TEST_F(Overlap, of_several_holders_is_refused_to_one_who_may_not_and_ends_with_each) {
    set_rules(
        "polkit.addRule(function(action, subject) { if (subject.user == 'alice') { return polkit.Result.YES; } });\n");
    Client carol{"carol"};
    EXPECT_EQ(carol.try_hold(on::group(family.root()), "idle"), error::interaction_required);
    const int alices = alice.hold(on::tree(family.root()), "idle");
    Client bob{"bob"};
    const int bobs = bob.hold(on::processes({family.root(), family.other()}), "best-effort:3");
    alice.end(alices);
    expect_becomes(family.all(), with({family.root(), family.other()}, "best-effort:3"), "after alice's");
    bob.end(bobs);
    expect_becomes(family.all(), before, "after bob's");
}

// -- overruled
// --------------------------------------------------------------------------------------------------------------------

class Overruled : public HoldOnEverything {
 protected:
    /// By an administrator, one process of those that are held.
    [[nodiscard]] RawPriorities overrule(const std::string& priority) {
        EXPECT_EQ(Client{"admin"}.set(on::process(family.within()), priority), "ok 1 1");
        return with({family.within()}, priority);
    }
};

TEST_F(Overruled, in_part_says_so_with_a_byte_and_gives_the_others_back) {
    const int hold = alice.hold(on::tree(family.root()), "idle");
    auto copy = alice.copy(hold);
    EXPECT_EQ(Client{"carol"}.set(on::process(family.within()), "realtime:0"), error::interaction_required);
    EXPECT_EQ(told_by(copy), "");
    const auto left = overrule("idle");  // as it is: the value alone does not tell
    EXPECT_EQ(told_by(copy), "overruled");
    copy.reset();
    alice.end(hold);
    expect_becomes(family.all(), left, "after the end");
}

TEST_F(Overruled, by_a_set_of_what_is_not_held_says_nothing) {
    const int hold = alice.hold(on::tree(family.root()), "idle");
    const auto copy = alice.copy(hold);
    EXPECT_EQ(Client{"admin"}.set(on::process(family.other()), "best-effort:4"), "ok 1 1");
    EXPECT_EQ(told_by(copy), "");
    EXPECT_EQ(Client{"admin"}.try_hold(on::process(family.within()), "best-effort:4"), "ok 1 1");  // lies above it
    EXPECT_EQ(told_by(copy), "");
}

TEST_F(Overruled, by_a_set_of_a_user_gives_nothing_back_that_was_set) {
    const int hold = alice.hold(on::unit("family.service"), "idle");
    auto copy = alice.copy(hold);
    EXPECT_EQ(Client{"admin"}.set(on::user("bob"), "best-effort:0"), "ok 4 5");
    EXPECT_EQ(told_by(copy), "overruled");
    copy.reset();
    alice.end(hold);
    expect_becomes(family.all(), with(family.all(), "best-effort:0"), "after the end");
}

TEST_F(Overruled, in_part_stays_so_after_the_service_was_killed) {
    const auto copy = alice.copy(alice.hold(on::tree(family.root()), "idle"));
    const auto left = overrule("idle");
    crash();
    EXPECT_EQ(told_by(copy), "overruled lost");
    expect_becomes(family.all(), left, "after the crash");
}

// -- what is born meanwhile
// --------------------------------------------------------------------------------------------------------------------

/// A backup of root's that forks twenty children a second, by two processes with priorities of their own.
class Growing : public testing::TestWithParam<std::string> {
 protected:
    static constexpr int milliseconds = 100;
    static constexpr std::chrono::seconds look{1};  ///< how often the service looks, as the contract says

    Growing() {
        set_rules(rule(set_other_users, "YES"));
        for (const auto pid : {backup.pid(), stays, goes}) {
            unit.add(pid);
        }
        for (const auto pid : tree_of(backup.pid())) {
            unit.add(pid);  // also what was born before its breeder was in the unit
        }
        set_thread(backup.pid(), "best-effort:3");
        set_thread(stays, "best-effort:5");
        set_thread(goes, "best-effort:6");
    }
    static pid_t breeder_of(Actor& actor) { return actor.does("breeder " + std::to_string(milliseconds)).at(0); }
    /// Returns when both have so many children.
    void grow(std::size_t children) const {
        ASSERT_TRUE(eventually([&] { return tree_of(stays).size() > children && tree_of(goes).size() > children; }));
    }
    /// What everybody had, or what the process that he comes from had.
    void note(pid_t breeder) {
        for (const auto pid : tree_of(breeder)) {
            wanted.emplace(pid, known.contains(pid) ? known.at(pid) : raw_priority_of_breeder.at(breeder));
        }
    }
    /// One of the two stands still, and ends when the service has looked: its children are nobody's then.
    void lose_one() {
        kill(goes, SIGSTOP);
        ASSERT_TRUE(eventually([&] { return status_field(goes, "State").starts_with("T"); }));
        note(goes);
        wanted.erase(goes);
        const auto now = std::chrono::steady_clock::now();
        ASSERT_TRUE(eventually([&] { return std::chrono::steady_clock::now() > now + 2 * look; }));
        kill(goes, SIGKILL);
        ASSERT_TRUE(wait_for_end(goes));
    }
    /// No more births.
    void stop() {
        kill(stays, SIGSTOP);
        ASSERT_TRUE(eventually([&] { return status_field(stays, "State").starts_with("T"); }));
        note(stays);
        wanted.emplace(backup.pid(), raw("best-effort:3"));
    }
    void hold_begins() {
        for (const auto pid : tree_of(backup.pid())) {
            known[pid] = raw_priority(pid);
        }
        holder.hold(target(), "idle");
        // Born between the two looks: they have what their breeder had, or have it from the hold.
        for (const auto pid : tree_of(backup.pid())) {
            EXPECT_EQ(priority_of_thread(pid), "idle") << pid;
        }
    }
    ~Growing() override {
        for (const auto breeder : {stays, goes}) {
            for (const auto pid : tree_of(breeder)) {  // itself first
                kill(pid, SIGKILL);
            }
        }
    }
    [[nodiscard]] On target() const {
        return GetParam() == "tree"    ? on::tree(backup.pid())
               : GetParam() == "list"  ? on::processes({goes, backup.pid(), stays}).with("descendants")
               : GetParam() == "group" ? on::group(group)
                                       : on::unit("backup.service");
    }
    /// Those who have something else than they must: what they have, and what they must have.
    [[nodiscard]] std::map<pid_t, std::pair<std::string, std::string>> wrong() const {
        std::map<pid_t, std::pair<std::string, std::string>> found;
        for (const auto& [pid, priority] : wanted) {
            if (raw_priority(pid) != priority) {
                found[pid] = {priority_of_thread(pid), "raw " + std::to_string(priority)};
            }
        }
        return found;
    }
    void expect_given_back() const {
        static_cast<void>(eventually([&] { return wrong().empty(); }, std::chrono::seconds{10}));
        EXPECT_THAT(wrong(), IsEmpty()) << "of " << wanted.size() << ", bred by " << stays << " and " << goes;
        EXPECT_GT(wanted.size(), 20U);
    }

    const ControlGroup unit{"/iopt.slice/backup.service"};
    const ServiceManager systemd{{{"backup.service", "/iopt.slice/backup.service"}}};
    Actor backup{"root"};
    const pid_t group = backup.does("group").at(0);
    const pid_t stays = breeder_of(backup);
    const pid_t goes = breeder_of(backup);
    const std::map<pid_t, int> raw_priority_of_breeder{{stays, raw("best-effort:5")}, {goes, raw("best-effort:6")}};
    Client holder{"alice"};
    std::map<pid_t, int> known;   ///< what those had who were there before the hold
    std::map<pid_t, int> wanted;  ///< what everybody must have in the end
};

TEST_P(Growing, backup_is_refused_without_a_rule) {
    set_rules(rule(set_other_users, "NO"));
    EXPECT_EQ(holder.try_hold(target(), "idle"), error::access_denied);
    for (const auto pid : tree_of(backup.pid())) {
        EXPECT_NE(priority_of_thread(pid), "idle") << pid;
    }
}

TEST_P(Growing, backup_has_what_it_or_its_origin_had_after_the_holder_was_killed) {
    grow(3);
    hold_begins();
    grow(10);
    lose_one();
    holder.child().signal(SIGKILL);
    ASSERT_TRUE(holds_become(0));
    stop();
    expect_given_back();
}

TEST_P(Growing, backup_has_what_it_or_its_origin_had_after_the_service_was_killed) {
    grow(3);
    hold_begins();
    grow(10);
    lose_one();
    crash();
    stop();
    expect_given_back();
}

INSTANTIATE_TEST_SUITE_P(By, Growing, testing::Values("tree", "list", "group", "unit"),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
