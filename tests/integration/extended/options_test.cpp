// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Options are a closed set, of each kind and method its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "cast.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class Options : public testing::Test {
 protected:
    /// Every kind, on alice's own process or herself.
    std::map<std::string, On> kinds() const {
        return {{"process", on::process(own.pid())}, {"processes", on::processes({own.pid()})},
                {"pidfd", on::pidfd(own.pid())},     {"pidfds", on::pidfds({own.pid()})},
                {"group", on::group(own.pid())},     {"user", on::user("alice")},
                {"unit", on::unit("foo.service")},   {"user-unit", on::user_unit("foo.service")}};
    }
    /// What each method answers to it, by name.
    std::map<std::string, Reply> replies(const On& target) {
        return {{"SetPriority", alice.set(target, "idle")},
                {"HoldPriority", alice.try_hold(target, "idle")},
                {"DescribePriority", alice.describe(target)}};
    }
    void expect_refused(const std::vector<std::string>& options, const std::string& text) {
        for (const auto& [kind, plain] : kinds()) {
            auto target = plain;
            for (const auto& option : options) {
                target = target.with_words(option);
            }
            for (const auto& [method, reply] : replies(target)) {
                EXPECT_EQ(reply, error::invalid_args) << method << ' ' << target.target() << ' ' << target.options();
                EXPECT_THAT(reply.text, HasSubstr(text)) << method << ' ' << kind;
            }
        }
        expect_nothing_done();
    }
    void expect_nothing_done() {
        EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
        EXPECT_EQ(holds(), 0U);
        EXPECT_THAT(polkit.actions(), IsEmpty());
    }

    const Target own{"alice", {"threads", "2"}};
    Client alice{"alice"};
    PolkitMonitor polkit;
};

TEST_F(Options, that_nobody_knows_are_refused) {
    expect_refused({"recursive b true"}, "\"recursive\"");
    expect_refused({"descendants b false", "Descendants b true"}, "\"Descendants\"");
    expect_refused({"user b false"}, "\"user\"");
}

TEST_F(Options, of_another_type_are_refused) {
    for (const std::string value : {"s true", "u 1", "i 1", "v b true", "ab 1 true"}) {
        for (const auto* option : {"interactive", "keep-explicit"}) {
            for (const auto& [kind, target] : kinds()) {
                const auto words = target.with_words(option + (' ' + value));
                for (const auto& reply : {alice.set(words, "idle"), alice.try_hold(words, "idle")}) {
                    EXPECT_EQ(reply, error::invalid_args) << kind << ' ' << words.options();
                    EXPECT_THAT(reply.text, HasSubstr("boolean")) << kind;
                }
            }
        }
        for (const auto& [method, reply] : replies(on::process(own.pid()).with_words("descendants " + value))) {
            EXPECT_EQ(reply, error::invalid_args) << method << ' ' << value;
            EXPECT_THAT(reply.text, HasSubstr("boolean")) << method;
        }
    }
    expect_nothing_done();
}

TEST_F(Options, for_descendants_are_refused_where_there_are_none) {
    for (const auto& [kind, target] : kinds()) {
        if (kind.starts_with("process") || kind.starts_with("pidfd")) {
            continue;
        }
        for (const bool value : {true, false}) {
            for (const auto& [method, reply] : replies(target.with("descendants", value))) {
                EXPECT_EQ(reply, error::invalid_args) << method << ' ' << kind;
                EXPECT_THAT(reply.text, HasSubstr("\"descendants\"")) << method << ' ' << kind;
            }
        }
    }
    expect_nothing_done();
}

TEST_F(Options, of_setting_are_refused_by_a_description) {
    for (const auto& [kind, target] : kinds()) {
        for (const std::string option : {"keep-explicit", "interactive"}) {
            const auto reply = alice.describe(target.with(option, false));
            EXPECT_EQ(reply, error::invalid_args) << kind << ' ' << option;
            EXPECT_THAT(reply.text, HasSubstr('"' + option + '"')) << kind;
        }
    }
}

TEST_F(Options, that_are_none_or_false_change_nothing) {
    EXPECT_EQ(alice.set(own.pid(), "idle"), "ok 1 2");
    EXPECT_EQ(
        alice.set(On{own.pid()}.with("interactive", false).with("descendants", false).with("keep-explicit", false),
                  "none"),
        "ok 1 2");
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
}

/// The option stands for the message flag, which some bus libraries cannot set.
class Interactive : public Options {
 protected:
    Reply ask(const On& target) { return alice.set(target, "idle"); }

    const Target bobs{"bob", {"threads", "2"}};
    const On plain{bobs.pid()};
};

TEST_F(Interactive, asks_a_person_as_the_flag_does) {
    Agent agent{{alice.pid()}, {"--password", password()}};
    EXPECT_EQ(ask(plain), error::interaction_required);
    EXPECT_EQ(ask(plain.with("interactive", false)), error::interaction_required);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 2}}));
    EXPECT_EQ(ask(plain.with("interactive")), "ok 1 2");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 2}}));
    EXPECT_EQ(agent.finish().size(), 1U);
}

TEST_F(Interactive, that_is_false_does_not_take_the_flag_back) {
    Agent agent{{alice.pid()}, {"--cancel"}};
    EXPECT_EQ(alice.set(plain.with("interactive", false), "idle", Dialog::allowed), error::dismissed);
    EXPECT_EQ(ask(plain.with("interactive")), error::dismissed);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 2}}));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
