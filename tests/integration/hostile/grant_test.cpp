// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// What polkit allows is bound to what it was told: what joins, or becomes another, while the question is open is not
// covered by it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <optional>

#include "attacks.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::HasSubstr;

/// Only this, and nothing else: everybody may make bob's processes idle.
std::string rule_for_bob(const std::string& further = {}) {
    return "polkit.addRule(function(action, subject) {\n"
           "    if (action.id == 'org.example.IoPriority.set-other-users' && action.lookup('io-class') == 'idle' &&\n"
           "        action.lookup('target-user') == 'bob'" +
           further + ") {\n        return polkit.Result.YES;\n    }\n});\n";
}

/// For a process that does one thing more when it is told.
class Cue {
 public:
    Cue() {
        sigemptyset(&signals_);
        sigaddset(&signals_, SIGUSR1);
        pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    }
    void wait() const {
        int signal = 0;
        sigwait(&signals_, &signal);
    }
    static void give(const Forked& process) { kill(process.pid(), SIGUSR1); }

 private:
    sigset_t signals_{};
};

[[noreturn]] void stay() {
    for (;;) {
        pause();
    }
}

/// bob's, alone in its process group; on the cue a child of it, in group and tree, becomes root's by a setuid program.
void bear_roots_child(const std::string& setpriv, const std::function<void()>& ready) {
    setpgid(0, 0);
    const Cue cue;
    ready();
    cue.wait();
    if (fork() == 0) {
        execl(setpriv.c_str(), "setpriv", "--reuid=root", "--regid=root", "--clear-groups", "sleep", "3600", nullptr);
        _exit(1);
    }
    stay();
}

class Grant : public testing::Test {
 protected:
    /// Sends a request that polkit has been asked about, and has not answered yet.
    void ask(const On& target) {
        polkit.checks();
        held_up.emplace(running_polkit());
        call = alice.send_set(target, "idle");
        std::vector<Check> checks;
        ASSERT_TRUE(eventually([&] { return !(checks = polkit.checks()).empty(); }));
        EXPECT_EQ(checks.at(0).details["target-user"], "bob");
    }
    Reply answer() {
        held_up->resume();
        return alice.answer(call);
    }

    const std::string setpriv = setuid_copy("/usr/bin/setpriv");
    Client alice{"alice"};
    PolkitMonitor polkit;
    std::optional<Stopped> held_up;
    int call = 0;
};

class GrantOnSeveral : public Grant {
 protected:
    GrantOnSeveral() { set_rules(rule_for_bob()); }
    /// The number of the process of root that has joined.
    pid_t root_joins() {
        Cue::give(bobs);
        pid_t joined = -1;
        EXPECT_TRUE(eventually([&] {
            const auto tree = tree_of(bobs.pid());
            joined = tree.back();
            return tree.size() == 2 && status_field(joined, "Uid").starts_with("0\t0\t0") &&
                   status_field(joined, "Name") == "sleep";
        }));
        return joined;
    }
    void expect_covers_bobs_only(const On& target) {
        EXPECT_EQ(alice.set(target, "best-effort:0"), error::interaction_required);
        ask(target);
        const auto roots = root_joins();
        const auto got = answer();
        EXPECT_TRUE(tells_of_joined(got, 1)) << got;
        EXPECT_EQ(priorities_of(roots), (Breakdown{{"none", 1}}));
        EXPECT_EQ(priorities_of(bobs.pid()), (Breakdown{{"idle", 1}}));
    }

    const Forked bobs{"bob", [this](const auto& ready) { bear_roots_child(setpriv, ready); }};
};

TEST_F(GrantOnSeveral, that_names_bob_does_not_cover_a_process_of_root_that_joins_his_group) {
    expect_covers_bobs_only(on::group(bobs.pid()));
}

TEST_F(GrantOnSeveral, that_names_bob_does_not_cover_a_process_of_root_that_joins_his_tree) {
    expect_covers_bobs_only(on::tree(bobs.pid()));
}

TEST_F(GrantOnSeveral, by_a_person_who_was_told_of_bob_does_not_cover_a_process_of_root_that_joined_meanwhile) {
    reset_rules();
    EXPECT_EQ(alice.set(on::group(bobs.pid()), "idle"), error::interaction_required);
    Agent agent{{alice.pid()}, {"--hold"}};
    call = alice.send_set(on::group(bobs.pid()), "idle", Dialog::allowed);
    const auto prompt = agent.prompt();
    EXPECT_THAT(prompt.message, HasSubstr("bob"));
    EXPECT_THAT(prompt.message, testing::Not(HasSubstr("root")));
    const auto roots = root_joins();
    agent.type(password());
    const auto got = alice.answer(call);
    EXPECT_TRUE(tells_of_joined(got, 1)) << got;
    EXPECT_EQ(priorities_of(roots), (Breakdown{{"none", 1}}));
    EXPECT_EQ(priorities_of(bobs.pid()), (Breakdown{{"idle", 1}}));
}

TEST_F(GrantOnSeveral, is_told_of_by_ioprioctl_where_it_does_not_cover_a_thread_that_joined) {
    EXPECT_EQ(alice.set(on::group(bobs.pid()), "best-effort:0"), error::interaction_required);
    polkit.checks();
    held_up.emplace(running_polkit());
    Child ioprioctl{"alice", {"ioprioctl", "set", "--json=short", "idle", "--group", std::to_string(bobs.pid())}};
    ASSERT_TRUE(eventually([&] { return !polkit.checks().empty(); }));
    const auto roots = root_joins();
    held_up->resume();
    const auto told = ioprioctl.finish();
    EXPECT_EQ(told.status, 1);
    EXPECT_THAT(told.err, HasSubstr("after the authorization: 1 thread; try again"));
    EXPECT_THAT(told.out, HasSubstr(R"("left-alone":{"joined":1})"));
    EXPECT_EQ(priorities_of(roots), (Breakdown{{"none", 1}}));
    EXPECT_EQ(priorities_of(bobs.pid()), (Breakdown{{"idle", 1}}));
}

TEST_F(GrantOnSeveral, that_names_bob_does_not_cover_root_when_asked_anew) {
    const auto roots = root_joins();
    EXPECT_EQ(alice.set(on::group(bobs.pid()), "idle"), error::interaction_required);
    EXPECT_EQ(priorities_of(roots), (Breakdown{{"none", 1}}));
    EXPECT_EQ(priorities_of(bobs.pid()), (Breakdown{{"none", 1}}));
}

/// Of bob, but one thread has kept root's saved user id; on the cue it is root's altogether.
void become_roots_in_one_thread(const std::function<void()>& ready, uid_t bob) {
    const Cue cue;
    struct Context {
        const Cue& cue;
        uid_t bob;
        std::atomic<bool> begun{false};
    } context{cue, bob};
    pthread_t thread{};
    const auto wait_and_become_root = [](void* data) -> void* {
        auto& own = *static_cast<Context*>(data);
        const bool bobs = syscall(SYS_setresuid, own.bob, own.bob, 0) == 0;
        own.begun = bobs;
        own.cue.wait();
        syscall(SYS_setresuid, 0, 0, 0);
        stay();
    };
    pthread_create(&thread, nullptr, wait_and_become_root, &context);
    while (!context.begun) {
        sched_yield();
    }
    syscall(SYS_setresuid, bob, bob, bob);
    ready();
    stay();
}

TEST_F(Grant, that_names_bob_does_not_cover_a_thread_of_his_process_that_becomes_roots) {
    set_rules(rule_for_bob());
    const Forked mixed{"root", [bob = uid_of("bob")](const auto& ready) { become_roots_in_one_thread(ready, bob); }};
    const auto thread = threads_of(mixed.pid()).at(1);
    EXPECT_EQ(alice.set(on::process(mixed.pid()), "best-effort:0"), error::interaction_required);
    ask(on::process(mixed.pid()));
    Cue::give(mixed);
    ASSERT_TRUE(eventually([&] { return status_field(thread, "Uid").starts_with("0\t0\t0"); }));
    const auto got = answer();
    EXPECT_TRUE(tells_of_joined(got, 1)) << got;
    EXPECT_EQ(priority_of_thread(thread), "none");
    EXPECT_EQ(priority_of_thread(mixed.pid()), "idle");
}

TEST_F(Grant, that_names_a_program_does_not_cover_the_one_that_the_process_executes_meanwhile) {
    set_rules(rule_for_bob(" && action.lookup('program') == 'actor'"));
    ASSERT_EQ(run("root", {"install", "-m755", tool("actor"), "/run/tools/other_actor"}).status, 0);
    Actor bobs{"bob"};
    Actor other{"bob"};
    other.exec("/run/tools/other_actor");
    EXPECT_EQ(alice.set(on::process(other.pid()), "idle"), error::interaction_required);
    ask(on::process(bobs.pid()));
    bobs.exec("/run/tools/other_actor");
    EXPECT_EQ(answer(), error::no_such_process);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 1}}));
    EXPECT_EQ(other.priorities(), (Breakdown{{"none", 1}}));
}

TEST_F(Grant, that_names_a_program_does_not_cover_another_that_the_root_of_a_tree_executes_meanwhile) {
    set_rules(rule_for_bob(" && action.lookup('name') == 'actor'"));
    ASSERT_EQ(run("root", {"install", "-m755", tool("actor"), "/run/tools/other_actor"}).status, 0);
    Actor bobs{"bob"};
    const auto other = bobs.does("run /run/tools/other_actor").at(0);  // so that there is no detail "program"
    ASSERT_TRUE(eventually([&] { return status_field(other, "Name") == "other_actor"; }));
    EXPECT_EQ(alice.set(on::tree(bobs.pid()), "best-effort:0"), error::interaction_required);
    ask(on::tree(bobs.pid()));
    bobs.exec("/run/tools/other_actor");
    EXPECT_EQ(answer(), error::no_such_process);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 1}}));
    EXPECT_EQ(priorities_of(other), (Breakdown{{"none", 1}}));
}

TEST_F(Grant, that_names_the_program_of_several_does_not_cover_another_that_one_executes_meanwhile) {
    set_rules(rule_for_bob(" && action.lookup('program') == 'actor'"));
    ASSERT_EQ(run("root", {"install", "-m755", tool("actor"), "/run/tools/other_actor"}).status, 0);
    Actor first{"bob"};
    Actor second{"bob"};
    EXPECT_EQ(alice.set(on::process(first.pid()), "best-effort:0"), error::interaction_required);
    ask(on::processes({first.pid(), second.pid()}));
    second.exec("/run/tools/other_actor");
    EXPECT_EQ(answer(), error::no_such_process);
    EXPECT_EQ(first.priorities(), (Breakdown{{"none", 1}}));
    EXPECT_EQ(second.priorities(), (Breakdown{{"none", 1}}));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
