// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// The kinds of targets: each is set, held and described, and takes its own type of target and no other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "scene.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class EveryKind : public testing::TestWithParam<KindOfTarget> {
 protected:
    static On named(const Scene& scene) { return GetParam().target(scene); }

    Client alice{"alice"};
    PolkitMonitor polkit;
};

TEST_P(EveryKind, of_another_is_refused_without_a_rule) {
    const Scene bobs{"bob"};
    EXPECT_EQ(alice.set(named(bobs), "idle"), error::interaction_required);
    EXPECT_EQ(alice.try_hold(named(bobs), "idle"), error::interaction_required);
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users, set_other_users));
    EXPECT_EQ(alice.set(named(bobs), "realtime:0"), error::interaction_required);
    EXPECT_EQ(alice.try_hold(named(bobs), "realtime:0"), error::interaction_required);
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users_realtime, set_other_users_realtime));
    set_rules(rule(set_other_users, "NO"));
    EXPECT_EQ(alice.set(named(bobs), "idle"), error::access_denied);
    EXPECT_EQ(alice.try_hold(named(bobs), "idle"), error::access_denied);
    EXPECT_EQ(bobs.raw(), bobs.before());
    EXPECT_EQ(holds(), 0U);
}

TEST_P(EveryKind, of_another_is_set_by_a_rule_to_the_last_thread) {
    const Scene bobs{"bob"};
    set_rules(rule(set_other_users, "YES"));
    const auto reply = alice.set(named(bobs), "idle");
    EXPECT_EQ(reply, "ok 1 3");
    EXPECT_TRUE(bobs.all_have("idle"));
    EXPECT_EQ(reply["before"], "mixed");
    EXPECT_EQ(reply.counts("before-breakdown"), (Breakdown{{"best-effort:4", 1}, {"best-effort:6", 1}, {"none", 1}}));
    EXPECT_THAT(reply.counts("left-alone"), IsEmpty());
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users));
    const auto again = alice.set(named(bobs), "best-effort:2");
    EXPECT_EQ(again, "ok 1 3");
    EXPECT_EQ(again["before"], "idle");
    EXPECT_THAT(again.counts("before-breakdown"), IsEmpty());
    EXPECT_TRUE(bobs.all_have("best-effort:2"));
}

TEST_P(EveryKind, of_another_is_held_by_a_rule_and_given_back_bit_for_bit) {
    const Scene bobs{"bob"};
    set_rules(rule(set_other_users, "YES"));
    const auto reply = alice.try_hold(named(bobs), "idle");
    EXPECT_EQ(reply, "ok 1 3");
    EXPECT_EQ(reply["before"], "mixed");
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users));
    EXPECT_TRUE(bobs.all_have("idle"));
    EXPECT_EQ(holds(), 1U);
    ASSERT_TRUE(reply.hold.has_value());
    set_rules(rule(set_other_users, "NO"));
    alice.end(*reply.hold);
    EXPECT_TRUE(eventually([&] { return bobs.raw() == bobs.before(); })) << testing::PrintToString(bobs.raw());
    EXPECT_THAT(polkit.actions(), IsEmpty());
}

/// Of carol: alice's own processes are those of the test, too.
TEST_P(EveryKind, of_ones_own_is_set_without_asking_and_refused_realtime) {
    const auto& kind = GetParam().name;
    const bool of_alice = kind == "user-unit";  // it is her user manager
    const std::string user = of_alice ? "alice" : "carol";
    const Scene own{user};
    Client client{user};
    EXPECT_EQ(client.set(named(own), "realtime:7"), error::interaction_required);
    EXPECT_EQ(client.try_hold(named(own), "realtime:7"), error::interaction_required);
    EXPECT_THAT(polkit.actions(), ElementsAre(set_realtime, set_realtime));
    EXPECT_EQ(own.raw(), own.before());
    EXPECT_EQ(client.set(named(own), "best-effort:7"), kind == "user" ? "ok 2 4" : "ok 1 3");
    EXPECT_TRUE(own.all_have("best-effort:7"));
    const int hold = client.hold(named(own), "idle");
    EXPECT_TRUE(own.all_have("idle"));
    EXPECT_THAT(polkit.actions(), IsEmpty());
    client.end(hold);
    EXPECT_TRUE(eventually([&] { return own.all_have("best-effort:7"); }));
}

TEST_P(EveryKind, of_ones_own_is_held_realtime_by_a_rule_and_no_longer_than_that) {
    const std::string user = GetParam().name == "user-unit" ? "alice" : "carol";
    const Scene own{user};
    Client client{user};
    set_rules(rule(set_realtime, "YES"));
    const int hold = client.hold(named(own), "realtime:3");
    EXPECT_TRUE(own.all_have("realtime:3"));
    set_rules(rule(set_realtime, "NO"));
    client.end(hold);
    EXPECT_TRUE(eventually([&] { return own.raw() == own.before(); })) << testing::PrintToString(own.raw());
}

TEST_P(EveryKind, is_described_to_all) {
    const Scene bobs{"bob"};
    const auto reply = alice.describe(named(bobs));
    EXPECT_EQ(reply, "ok 1 3");
    EXPECT_EQ(reply.counts("breakdown"), (Breakdown{{"best-effort:4", 1}, {"best-effort:6", 1}, {"none", 1}}));
    EXPECT_EQ(reply["uniform"], "0");
    EXPECT_EQ(reply.counts("users"), (Breakdown{{"0", static_cast<int>(uid_of("bob"))}}));
    EXPECT_EQ(reply["programs/0"], "actor");
    EXPECT_EQ(bobs.raw(), bobs.before());
    EXPECT_THAT(polkit.actions(), IsEmpty());
}

TEST_P(EveryKind, held_without_a_reply_wanted_is_left_alone) {
    const Scene bobs{"bob"};
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(alice.call("no-reply " + call_words("HoldPriority", named(bobs), "idle")), "ok");
    EXPECT_EQ(alice.describe(named(bobs)), "ok 1 3");  // comes after it
    EXPECT_EQ(bobs.raw(), bobs.before());
    EXPECT_EQ(holds(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Kinds, EveryKind, testing::ValuesIn(every_kind()),
                         [](const auto& each) { return name_of(each.param); });

// -- arguments
// --------------------------------------------------------------------------------------------------------------------

class Arguments : public testing::Test {
 protected:
    /// By every method, before anybody is asked.
    void expect_refused(const On& target, const std::vector<std::string>& texts,
                        std::string_view error = error::invalid_args) {
        for (const auto& reply : {alice.set(target, "idle"), alice.try_hold(target, "idle"), alice.describe(target)}) {
            EXPECT_EQ(reply, error) << target.target();
            for (const auto& text : texts) {
                EXPECT_THAT(reply.text, HasSubstr(text)) << target.target();
            }
        }
    }
    void TearDown() override {
        EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
        EXPECT_EQ(holds(), 0U);
        EXPECT_THAT(polkit.actions(), IsEmpty());
    }

    const Target own{"alice", {"threads", "2"}};
    Client alice{"alice"};
    PolkitMonitor polkit;
};

TEST_F(Arguments, with_a_kind_that_nobody_knows_are_refused) {
    for (const std::string kind : {"proces", "Process", "tree", "process-group", "users", "units", "session", "*"}) {
        expect_refused(On{kind, "u " + own.id()}, {'"' + kind + '"', "\"process\"", "\"user-unit\""});
    }
    expect_refused(On{"''", "u " + own.id()}, {"\"process\""});
    expect_refused(On{std::string(5000, 'x'), "u " + own.id()}, {"\"process\""});
}

TEST_F(Arguments, with_a_kind_that_is_long_or_odd_are_refused_in_a_short_and_printable_text) {
    const auto reply = alice.set(On{std::string(5000, 'x') + "\x1b[31m\xe2\x80\xae", "u " + own.id()}, "idle");
    EXPECT_EQ(reply, error::invalid_args);
    EXPECT_LT(reply.text.size(), 400U);
    EXPECT_EQ(reply.text.find('\x1b'), std::string::npos);
}

/// What a kind does not take, and how what it takes is called.
struct WrongTypes {
    std::string kind;
    std::string accepted;
    std::vector<std::string> targets;  ///< "@" is a process of one's own
};

class WrongTarget : public Arguments, public testing::WithParamInterface<WrongTypes> {};

TEST_P(WrongTarget, is_refused_by_its_type_and_the_one_that_is_accepted) {
    for (auto target : GetParam().targets) {
        for (auto at = target.find('@'); at != std::string::npos; at = target.find('@')) {
            target.replace(at, 1, own.id());
        }
        const auto type = target.substr(0, target.find(' '));
        expect_refused(On{GetParam().kind, target},
                       {'"' + GetParam().kind + '"', '"' + type + '"', GetParam().accepted});
    }
}

const std::vector<std::string> no_number{"s @",     "b true", "d 1",       "y 1",  "n 1",       "q 1",
                                         "au 1 @",  "v u @",  "h pidfd:@", "o /x", "g u",       "as 1 @",
                                         "a{sv} 0", "(u) @",  "(uu) @ @",  "au 0", "aau 1 1 @", "av 1 u @"};
const std::vector<std::string> no_numbers{"u @",          "i @",       "s @",       "as 1 @",   "ay 1 1",
                                          "an 1 1",       "aq 1 1",    "ab 1 true", "ad 1 1",   "av 1 u @",
                                          "ah 1 pidfd:@", "h pidfd:@", "aau 1 1 @", "a(u) 1 @", "a{us} 1 @ x",
                                          "v au 1 @",     "(au) 1 @",  "ao 1 /x"};
const std::vector<std::string> no_descriptor{"u @",         "i @",         "s pidfd:@", "ah 1 pidfd:@",
                                             "v h pidfd:@", "(h) pidfd:@", "t 3"};
const std::vector<std::string> no_descriptors{"h pidfd:@",      "au 1 @",         "as 1 x",
                                              "a(h) 1 pidfd:@", "av 1 h pidfd:@", "u @"};
const std::vector<std::string> no_name{
    "u @", "o /foo", "g u", "as 1 foo.service", "v s foo.service", "(s) foo.service", "b true"};

INSTANTIATE_TEST_SUITE_P(
    Of, WrongTarget,
    testing::Values(WrongTypes{"process", "(u; also ", no_number}, WrongTypes{"group", "(u; also ", no_number},
                    WrongTypes{"user", "(u; also ", no_number}, WrongTypes{"processes", "(au; also ", no_numbers},
                    WrongTypes{"pidfd", "(h)", no_descriptor}, WrongTypes{"pidfds", "(ah)", no_descriptors},
                    WrongTypes{"unit", "(s)", no_name}, WrongTypes{"user-unit", "(s)", no_name}),
    [](const auto& each) {
        return name_of(KindOfTarget{each.param.kind, {}});
    });

TEST_F(Arguments, with_an_empty_list_are_refused) {
    for (const std::string type : {"au", "ai", "ax", "at"}) {
        expect_refused(On{"processes", type + " 0"}, {"empty"});
    }
    expect_refused(On{"pidfds", "ah 0"}, {"empty"});
}

TEST_F(Arguments, with_a_number_out_of_range_are_refused) {
    for (const std::string number : {"i -1", "x -1", "u 2147483648", "x 2147483648", "t 2147483648", "x 4294967297",
                                     "t 18446744073709551615", "x -9223372036854775808"}) {
        const auto digits = number.substr(2);
        expect_refused(On{"process", number}, {digits});
        expect_refused(On{"group", number}, {digits});
        expect_refused(On{"processes", 'a' + number.substr(0, 2) + "2 " + own.id() + ' ' + digits}, {digits});
    }
    for (const std::string number : {"i -1", "u 4294967295", "x 4294967295", "t 4294967296", "x -1"}) {
        expect_refused(On{"user", number}, {});
    }
}

TEST_F(Arguments, that_name_the_caller_in_a_list_are_refused) {
    for (const std::string list : {"au 1 0", "ai 2 0 @", "at 3 @ 0 @"}) {
        auto words = list;
        for (auto at = words.find('@'); at != std::string::npos; at = words.find('@')) {
            words.replace(at, 1, own.id());
        }
        expect_refused(On{"processes", words}, {"0"});
    }
}

TEST_F(Arguments, with_a_descriptor_of_a_thread_are_refused) {
    const auto second = threads_of(own.pid()).at(1);
    for (const auto thread : {own.pid(), second}) {
        const auto word = "thread-pidfd:" + std::to_string(thread);
        expect_refused(on::descriptor(word), {"thread"});
        expect_refused(On{"pidfds", "ah 2 pidfd:" + own.id() + ' ' + word}, {"thread"});
    }
}

TEST_F(Arguments, with_a_descriptor_in_a_list_that_is_no_pidfd_are_refused) {
    for (const std::string other : {"pipe", "socket", "file:/proc/self", "file:/dev/null"}) {
        expect_refused(On{"pidfds", "ah 2 pidfd:" + own.id() + ' ' + other}, {"pidfd_open"});
    }
}

TEST_F(Arguments, with_a_wrong_class_or_level_are_refused_for_every_kind) {
    const Scene scene{"carol"};
    for (const auto& kind : every_kind()) {
        for (const std::string priority : {"idle:1", "best-effort:8", "Idle", "realtime:4294967295", "be:4"}) {
            EXPECT_EQ(alice.set(kind.target(scene), priority), error::invalid_args) << kind.name << ' ' << priority;
            EXPECT_EQ(alice.try_hold(kind.target(scene), priority), error::invalid_args)
                << kind.name << ' ' << priority;
        }
    }
    EXPECT_EQ(scene.raw(), scene.before());
}

/// As many numbers as one wants, of which no process has any.
std::string numbers(const std::string& first, int more) {
    constexpr int largest = 4194303;  // of the kernel
    std::string words = first;
    for (int i = 0; i < more; ++i) {
        words += ' ' + std::to_string(largest - i);
    }
    return words;
}

TEST_F(Arguments, with_more_than_4096_processes_are_refused_and_with_as_many_are_not) {
    constexpr int most = 4096;
    expect_refused(On{"processes", "au 4097 " + numbers(own.id(), most)}, {"4096"}, error::limits_exceeded);
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
    const auto reply = alice.set(On{"processes", "au 4096 " + numbers(own.id(), most - 1)}, "none");
    EXPECT_EQ(reply, "ok 1 2");
    EXPECT_EQ(reply.counts("left-alone"), (Breakdown{{"ended", most - 1}}));
}

/// What a bus makes of it: dbus-daemon disconnects who sends more than 16, dbus-broker sends them on.
TEST_F(Arguments, with_seventeen_descriptors_do_nothing_and_with_sixteen_work) {
    Client sender{"alice"};
    std::vector<Target> targets;
    std::vector<pid_t> pids;
    for (int i = 0; i < 17; ++i) {
        pids.push_back(targets.emplace_back("alice", Command{"threads", "2"}).pid());
    }
    const auto refused = sender.set(on::pidfds(pids), "idle");
    const bool is_disconnected =
        refused.words.find("Disconnected") != std::string::npos || refused.words.find("NoReply") != std::string::npos;
    EXPECT_TRUE(is_disconnected || refused == error::invalid_args) << refused;
    for (const auto& target : targets) {
        EXPECT_EQ(target.priorities(), (Breakdown{{"none", 2}}));
    }
    pids.pop_back();
    EXPECT_EQ(alice.set(on::pidfds(pids), "idle"), "ok 16 32");
    for (const auto pid : pids) {
        EXPECT_EQ(priorities_of(pid), (Breakdown{{"idle", 2}}));
    }
    EXPECT_EQ(targets.back().priorities(), (Breakdown{{"none", 2}}));
}

class Numbers : public testing::Test {
 protected:
    const Target own{"alice", {"threads", "2"}};
    const Target second{"alice", {"threads", "3"}};
    Client alice{"alice"};
};

TEST_F(Numbers, of_any_type_in_range_are_taken) {
    for (const std::string type : {"u", "i", "x", "t"}) {
        set_all(own.pid(), "none");
        set_all(second.pid(), "none");
        EXPECT_EQ(alice.set(On{"process", type + ' ' + own.id()}, "idle"), "ok 1 2") << type;
        EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 2}}));
        EXPECT_EQ(alice.set(On{"processes", 'a' + type + " 2 " + own.id() + ' ' + second.id()}, "best-effort:3"),
                  "ok 2 5")
            << type;
        EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:3", 2}}));
        EXPECT_EQ(second.priorities(), (Breakdown{{"best-effort:3", 3}}));
        EXPECT_EQ(alice.set(On{"user", type + ' ' + std::to_string(uid_of("alice"))}, "best-effort:1"), "ok 3 6");
        EXPECT_EQ(alice.describe(On{"group", type + " 0"})["processes"].empty(), false) << type;
    }
}

TEST_F(Numbers, that_appear_twice_count_once) {
    EXPECT_EQ(alice.set(on::processes({own.pid(), second.pid(), own.pid()}), "idle"), "ok 2 5");
    EXPECT_EQ(alice.set(on::pidfds({second.pid(), own.pid(), second.pid()}), "best-effort:5"), "ok 2 5");
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:5", 2}}));
    EXPECT_EQ(second.priorities(), (Breakdown{{"best-effort:5", 3}}));
    EXPECT_EQ(alice.describe(on::processes({own.pid(), own.pid()})), "ok 1 2");
    const int hold = alice.hold(on::processes({own.pid(), own.pid()}), "idle");
    alice.end(hold);
    EXPECT_TRUE(becomes(own.pid(), {{"best-effort:5", 2}}));
}

TEST_F(Numbers, of_a_thread_are_no_process) {
    for (const auto thread : threads_of(second.pid())) {
        const bool is_process = thread == second.pid();
        EXPECT_EQ(alice.set(on::process(thread), "idle").is_ok(), is_process);
        EXPECT_EQ(alice.set(on::processes({thread}), "idle").is_ok(), is_process);
    }
}

TEST_F(Numbers, of_nobody_are_refused_for_every_kind) {
    const auto nobody = 4194303;
    for (const auto& target :
         {on::process(nobody), on::processes({nobody, nobody - 1}), on::descriptor("dead"),
          On{"pidfds", "ah 2 dead dead"}, on::group(nobody), on::user(54321), on::user_unit("unknown.scope")}) {
        EXPECT_EQ(alice.set(target, "idle"), error::no_such_process) << target.target();
        EXPECT_EQ(alice.try_hold(target, "idle"), error::no_such_process) << target.target();
        EXPECT_EQ(alice.describe(target), error::no_such_process) << target.target();
    }
    EXPECT_EQ(holds(), 0U);
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
