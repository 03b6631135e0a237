// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/departures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "played_bus.hpp"
#include "service/bus_callers.hpp"

namespace iopriority::service::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// NOLINTBEGIN(*-vararg)

class Departures_from_the_bus : public testing::Test {
 protected:
    void TearDown() override { bus.close(); }
    void connection_does_its_part() const {
        while (bus::process_pending(*connection)) {
        }
    }
    /// What the bus has been asked since the last time: "AddMatch type='signal',..."
    std::vector<std::string> asked() {
        connection_does_its_part();
        std::vector<std::string> calls;
        for (auto call = bus.next(); call; call = bus.next()) {
            const char* text = nullptr;
            require(sd_bus_message_read(call.get(), "s", &text), "a rule");
            calls.push_back(sd_bus_message_get_member(call.get()) + std::string(" ") + text);
            last = std::move(call);
        }
        return calls;
    }
    void leaves(const std::string& name, const char* sender = "org.freedesktop.DBus") const {
        const auto some = bus.call("Any");
        sd_bus_message* raw = nullptr;
        require(sd_bus_message_new_signal(sd_bus_message_get_bus(some.get()), &raw, "/org/freedesktop/DBus",
                                          "org.freedesktop.DBus", "NameOwnerChanged"),
                "a signal");
        const Message signal(raw, &sd_bus_message_unref);
        require(sd_bus_message_set_sender(raw, sender), "its sender");
        require(sd_bus_message_append(raw, "sss", name.c_str(), name.c_str(), ""), "what it says");
        bus.send(signal);
        connection_does_its_part();
    }

    const testing::Matcher<std::string> match_for_all =
        AllOf(HasSubstr("AddMatch"), HasSubstr("arg2=''"), Not(HasSubstr("arg0")));
    const testing::Matcher<std::string> no_match_for_all = AllOf(HasSubstr("RemoveMatch"), Not(HasSubstr("arg0")));
    Played_bus bus;
    std::unique_ptr<sdbus::IConnection> connection = bus.connect();
    std::vector<std::string> left;
    Departures departures{*connection, [this](const std::string& name) { left.push_back(name); }};
    Message last{nullptr, &sd_bus_message_unref};
};

TEST_F(Departures_from_the_bus, are_asked_for_only_for_those_that_are_watched) {
    EXPECT_THAT(asked(), IsEmpty());
    departures.watch(":1.7");
    departures.watch(":1.7");
    EXPECT_THAT(asked(), ElementsAre(AllOf(HasSubstr("AddMatch"), HasSubstr("arg0=':1.7'"), HasSubstr("arg2=''"))));
    leaves(":1.7");
    EXPECT_THAT(left, ElementsAre(":1.7"));
    departures.forget(":1.7");
    EXPECT_THAT(asked(), ElementsAre(AllOf(HasSubstr("RemoveMatch"), HasSubstr("arg0=':1.7'"))));
    departures.forget(":1.7");
    EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(Departures_from_the_bus, are_asked_for_by_one_match_beyond_a_number_of_names) {
    for (std::size_t i = 0; i < Departures::most_matches; ++i) {
        departures.watch(":1." + std::to_string(i));
    }
    EXPECT_THAT(asked(), testing::AllOf(testing::SizeIs(Departures::most_matches), testing::Each(HasSubstr("arg0="))));
    departures.watch(":2.1");
    departures.watch(":2.2");
    EXPECT_THAT(asked(), ElementsAre(match_for_all));
    leaves(":2.2");
    EXPECT_THAT(left, ElementsAre(":2.2"));
    departures.forget(":2.1");
    EXPECT_THAT(asked(), IsEmpty());
    departures.forget(":2.2");
    EXPECT_THAT(asked(), ElementsAre(no_match_for_all));
}

TEST_F(Departures_from_the_bus, that_have_waited_get_a_match_of_their_own_before_the_one_for_all_ends) {
    for (std::size_t i = 0; i < Departures::most_matches; ++i) {
        departures.watch(":1." + std::to_string(i));
    }
    departures.watch(":2.1");
    departures.watch(":2.2");
    asked();
    departures.forget(":1.1");
    EXPECT_THAT(asked(), ElementsAre(AllOf(HasSubstr("RemoveMatch"), HasSubstr("arg0=':1.1'")),
                                     AllOf(HasSubstr("AddMatch"), HasSubstr("arg0=':2.1'"))));
    departures.watch(":2.3");
    EXPECT_THAT(asked(), IsEmpty());
    departures.forget(":1.2");
    EXPECT_THAT(asked(), testing::SizeIs(2)) << "one waits still";
    departures.forget(":1.3");
    EXPECT_THAT(asked(), ElementsAre(AllOf(HasSubstr("RemoveMatch"), HasSubstr("arg0=':1.3'")),
                                     AllOf(HasSubstr("AddMatch"), HasSubstr("arg0=':2.3'")), no_match_for_all));
    leaves(":2.3");
    EXPECT_THAT(left, ElementsAre(":2.3"));
}

TEST_F(Departures_from_the_bus, that_nothing_would_tell_of_are_a_failure) {
    bus.close();
    EXPECT_THROW(departures.watch(":1.7"), std::runtime_error);
}

TEST_F(Departures_from_the_bus, are_told_by_nobody_but_the_bus) {
    departures.watch(":1.7");
    leaves(":1.7", ":1.8");
    EXPECT_THAT(left, IsEmpty());
    leaves("org.example.Test");
    EXPECT_THAT(left, IsEmpty()) << "not a connection";
}

TEST_F(Departures_from_the_bus, may_be_forgotten_when_they_are_told) {
    std::vector<std::string> told;
    Departures watching(*connection, [&](const std::string& name) {
        told.push_back(name);
        watching.forget(name);
    });
    for (std::size_t i = 0; i <= Departures::most_matches; ++i) {
        watching.watch(":1." + std::to_string(i));
    }
    const auto last_name = ":1." + std::to_string(Departures::most_matches);
    leaves(":1.0");
    leaves(last_name);
    EXPECT_THAT(told, testing::IsSupersetOf({std::string(":1.0"), last_name}));
    told.clear();
    leaves(":1.1");
    EXPECT_THAT(told, ElementsAre(":1.1"));
}

TEST_F(Departures_from_the_bus, of_a_caller_are_asked_for_before_the_bus_is_asked_who_it_is) {
    Loop loop;
    std::vector<std::string> gone;
    BusCallers callers(loop, *connection, [&](const std::string& name) { gone.push_back(name); });
    std::optional<Expected<Caller>> found;
    callers.find(caller, [&](const auto& answer) { found = answer; });
    EXPECT_THAT(asked(), ElementsAre(HasSubstr("AddMatch"), HasSubstr("GetConnectionCredentials :1.7")));
    leaves(caller);
    EXPECT_THAT(gone, ElementsAre(caller));
    ASSERT_TRUE(found);
    EXPECT_FALSE(*found);
    EXPECT_THAT(asked(), ElementsAre(HasSubstr("RemoveMatch")));
    callers.find(caller, [](const auto&) {});
    EXPECT_THAT(asked(), testing::SizeIs(2));
    require(sd_bus_reply_method_errorf(last.get(), "org.freedesktop.DBus.Error.NameHasNoOwner", "no"), "refusing");
    EXPECT_THAT(asked(), ElementsAre(HasSubstr("RemoveMatch"))) << "of whom the bus knows nothing";
}

// NOLINTEND(*-vararg)

}  // namespace
}  // namespace iopriority::service::test
