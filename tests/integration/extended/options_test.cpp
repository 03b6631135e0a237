// SPDX-License-Identifier: LGPL-2.1-or-later
// Options are a closed set, of each method its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cast.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class Options : public testing::Test {
 protected:
    /// Every method that takes options, up to them, on alice's own process or herself.
    std::map<std::string, std::string> methods() const {
        const auto pid = std::to_string(own.pid());
        return {{"SetProcess", "SetProcess usua " + pid + " idle 0 "},
                {"SetProcessByPidfd", "SetProcessByPidfd hsua pidfd:" + pid + " idle 0 "},
                {"SetProcessGroup", "SetProcessGroup usua " + pid + " idle 0 "},
                {"SetUser", "SetUser usua " + std::to_string(uid_of("alice")) + " idle 0 "},
                {"SetUnit", "SetUnit ssua foo.service idle 0 "},
                {"HoldProcess", "HoldProcess usua " + pid + " idle 0 "}};
    }
    void expect_refused(const std::string& options, const std::string& text) {
        for (const auto& [method, call] : methods()) {
            const auto answer = alice.call(call + options);
            EXPECT_EQ(answer, error::invalid_args) << method << ' ' << options;
            EXPECT_THAT(answer.text, HasSubstr(text)) << method << ' ' << options;
        }
        EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
        EXPECT_EQ(leases(), 0U);
        EXPECT_THAT(polkit.actions(), IsEmpty());
    }

    const Target own{"alice", {"threads", "2"}};
    Client alice{"alice"};
    PolkitMonitor polkit;
};

TEST_F(Options, that_nobody_knows_are_refused) {
    expect_refused("1 recursive b true", "\"recursive\"");
    expect_refused("2 interactive b false Interactive b true", "\"Interactive\"");
}

TEST_F(Options, of_another_type_are_refused) {
    expect_refused("1 interactive s true", "boolean");
    expect_refused("1 interactive u 1", "boolean");
    expect_refused("1 interactive i 1", "boolean");
}

TEST_F(Options, of_other_methods_are_refused) {
    const std::map<std::string, std::vector<std::string>> known{
        {"descendants", {"SetProcess", "SetProcessByPidfd"}}, {"keep-explicit", {"SetUser"}}, {"user", {"SetUnit"}}};
    for (const auto& [option, knowing] : known) {
        for (const auto& [method, call] : methods()) {
            if (std::find(knowing.begin(), knowing.end(), method) == knowing.end()) {
                const auto answer = alice.call(call + "1 " + option + " b false");
                EXPECT_EQ(answer, error::invalid_args) << method << ' ' << option;
                EXPECT_THAT(answer.text, HasSubstr("\"interactive\"")) << method;  // what it knows
            }
        }
    }
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
}

TEST_F(Options, that_are_none_or_false_change_nothing) {
    EXPECT_EQ(alice.set(own.pid(), "idle", "0"), "ok 1 2");
    EXPECT_EQ(alice.set(own.pid(), "none", "2 interactive b false descendants b false"), "ok 1 2");
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
}

/// The option stands for the message flag, which some bus libraries cannot set.
class Interactive : public Options {
 protected:
    Answer ask(const std::string& options) { return alice.set(bobs.pid(), "idle", options); }

    const Target bobs{"bob", {"threads", "2"}};
};

TEST_F(Interactive, asks_a_person_as_the_flag_does) {
    Agent agent{{alice.pid()}, {"--password", password()}};
    EXPECT_EQ(ask("0"), error::interaction_required);
    EXPECT_EQ(ask("1 interactive b false"), error::interaction_required);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 2}}));
    EXPECT_EQ(ask("1 interactive b true"), "ok 1 2");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 2}}));
    EXPECT_EQ(agent.finish().size(), 1U);
}

TEST_F(Interactive, that_is_false_does_not_take_the_flag_back) {
    Agent agent{{alice.pid()}, {"--cancel"}};
    EXPECT_EQ(alice.call("SetProcess usua " + bobs.id() + " idle 0 1 interactive b false", Dialog::allowed),
              error::dismissed);
    EXPECT_EQ(ask("1 interactive b true"), error::dismissed);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 2}}));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
