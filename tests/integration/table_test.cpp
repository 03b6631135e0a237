// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Who may do what: the table of the contract, row by row, with polkit asked exactly where it says so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "support/bus.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// One cell: who is to be set to what, and the action it needs ("" for none).
struct Cell {
    const char* owner;
    const char* io_class;
    unsigned level;
    const char* after;
    const char* action;
};

std::ostream& operator<<(std::ostream& stream, const Cell& cell) {
    return stream << cell.owner << '_' << std::string{cell.io_class}.substr(0, 4);
}

constexpr const char* before = "best-effort:3";

class Table : public testing::TestWithParam<Cell> {
 protected:
    void SetUp() override { set_all(target.pid(), before); }

    /// Every thread as it was.
    void expect_untouched() const { EXPECT_EQ(target.priorities(), (Breakdown{{before, 4}})); }
    void expect_set() const { EXPECT_EQ(target.priorities(), (Breakdown{{GetParam().after, 4}})); }
    Answer set(Dialog dialog = Dialog::forbidden) {
        return alice.set_process(target.pid(), GetParam().io_class, GetParam().level, dialog);
    }

    Target target{GetParam().owner, {"threads", "4"}};
    Caller alice{"alice"};
    PolkitMonitor polkit;
};

class Privileged : public Table {};
class Unprivileged : public Table {};

constexpr Cell privileged[]{
    {"alice", "realtime", 0, "realtime:0", set_realtime},
    {"bob", "none", 0, "none", set_other_users},
    {"bob", "best-effort", 5, "best-effort:5", set_other_users},
    {"bob", "idle", 0, "idle", set_other_users},
    {"bob", "realtime", 7, "realtime:7", set_other_users_realtime},
    {"root", "idle", 0, "idle", set_other_users},
    {"root", "realtime", 4, "realtime:4", set_other_users_realtime},
    {"54321", "idle", 0, "idle", set_other_users},  // no passwd entry
};
constexpr Cell unprivileged[]{
    {"alice", "none", 0, "none", ""},
    {"alice", "best-effort", 0, "best-effort:0", ""},
    {"alice", "best-effort", 7, "best-effort:7", ""},
    {"alice", "idle", 0, "idle", ""},
};

TEST_P(Privileged, is_refused_where_polkit_would_have_to_ask_and_may_not) {
    const auto answer = set();
    EXPECT_EQ(answer, error::interaction_required);
    EXPECT_THAT(answer.text, AllOf(HasSubstr(target.id()), HasSubstr("target"), HasSubstr(GetParam().action)));
    expect_untouched();
    const auto checks = polkit.checks();
    ASSERT_EQ(checks.size(), 1U);
    EXPECT_EQ(checks[0].action, GetParam().action);
    EXPECT_EQ(checks[0].subject, alice.name());
    EXPECT_FALSE(checks[0].interactive);
}

TEST_P(Privileged, is_refused_where_nobody_is_there_to_be_asked) {
    EXPECT_EQ(set(Dialog::allowed), error::interaction_required);
    expect_untouched();
    EXPECT_THAT(polkit.actions(), ElementsAre(GetParam().action));
}

TEST_P(Privileged, is_refused_by_a_rule_that_says_no) {
    set_rules(rule(GetParam().action, "NO"));
    const auto answer = set(Dialog::allowed);
    EXPECT_EQ(answer, error::access_denied);
    EXPECT_THAT(answer.text, HasSubstr(GetParam().action));
    expect_untouched();
    const auto line = " refused to alice (uid " + std::to_string(uid_of("alice")) + ", " + alice.name();
    EXPECT_TRUE(eventually([&] {
        const auto log = daemon_log();
        const auto found = log.find(line);
        return found != std::string::npos &&
               log.find(", action " + std::string(GetParam().action), found) != std::string::npos;
    })) << daemon_log();
}

TEST_P(Privileged, is_refused_although_a_rule_allows_the_other_actions) {
    std::string rules = rule(GetParam().action, "NO");
    for (const std::string other : {set_realtime, set_other_users, set_other_users_realtime}) {
        if (other != GetParam().action && other != set_other_users_realtime) {
            rules += rule(other, "YES");
        }
    }
    set_rules(rules);
    EXPECT_EQ(set(), error::access_denied);
    expect_untouched();
}

TEST_P(Privileged, is_allowed_by_a_rule_that_says_yes) {
    set_rules(rule(GetParam().action, "YES"));
    EXPECT_EQ(set(), "ok 4");
    expect_set();
    EXPECT_THAT(polkit.actions(), ElementsAre(GetParam().action));
}

TEST_P(Privileged, is_allowed_by_a_rule_for_the_action_that_implies_the_others) {
    set_rules(rule(set_other_users_realtime, "YES"));
    EXPECT_EQ(set(), "ok 4");
    expect_set();
}

TEST_P(Privileged, is_refused_after_a_wrong_password) {
    Agent agent{{alice.pid()}, {"--password", "wrong"}};
    EXPECT_EQ(set(Dialog::allowed), error::access_denied);
    EXPECT_EQ(agent.prompt().action, GetParam().action);
    EXPECT_EQ(agent.end(), "denied");
    EXPECT_THAT(agent.finish(), IsEmpty());
    expect_untouched();
}

TEST_P(Privileged, is_refused_as_dismissed_when_the_dialog_is_closed) {
    Agent agent{{alice.pid()}, {"--cancel"}};
    EXPECT_EQ(set(Dialog::allowed), error::dismissed);
    expect_untouched();
    EXPECT_EQ(agent.finish().size(), 1U);
}

TEST_P(Privileged, is_allowed_after_the_right_password_with_one_prompt) {
    Agent agent{{alice.pid()}, {"--password", password()}};
    EXPECT_EQ(set(Dialog::allowed), "ok 4");
    expect_set();
    const auto prompt = agent.prompt();
    EXPECT_EQ(prompt.action, GetParam().action);
    EXPECT_EQ(agent.end(), "authorized");
    EXPECT_THAT(agent.finish(), IsEmpty());
    EXPECT_THAT(prompt.message, AllOf(HasSubstr("target"), HasSubstr(target.id()), HasSubstr(GetParam().owner),
                                      HasSubstr(GetParam().io_class)));
}

TEST_P(Privileged, shows_no_dialog_to_a_caller_that_forbids_it) {
    Agent agent{{alice.pid()}, {"--password", password()}};
    EXPECT_EQ(set(Dialog::forbidden), error::interaction_required);
    EXPECT_THAT(agent.finish(), IsEmpty());
    expect_untouched();
}

TEST_P(Privileged, gives_polkit_the_details_that_a_rule_decides_by) {
    set();
    const auto checks = polkit.checks();
    ASSERT_EQ(checks.size(), 1U);
    auto details = checks[0].details;
    const auto owner = uid_of(GetParam().owner);
    EXPECT_EQ(details["pid"], target.id());
    EXPECT_EQ(details["program"], "target");
    EXPECT_EQ(details["target-uid"], std::to_string(owner));
    EXPECT_EQ(details["target-user"], GetParam().owner);
    EXPECT_EQ(details["io-class"], GetParam().io_class);
    EXPECT_EQ(details["level"], std::to_string(GetParam().level));
    EXPECT_EQ(details["caller-uid"], std::to_string(uid_of("alice")));
}

TEST_P(Unprivileged, is_done_without_asking_polkit) {
    set_rules(rule(set_realtime, "NO") + rule(set_other_users, "NO") + rule(set_other_users_realtime, "NO"));
    EXPECT_EQ(set(), "ok 4");
    expect_set();
    EXPECT_EQ(set(Dialog::allowed), "ok 4");
    EXPECT_THAT(polkit.actions(), IsEmpty());
}

const auto name_of = [](const auto& info) {
    std::ostringstream name;
    name << info.param << '_' << info.param.level;
    auto text = name.str();
    std::replace(text.begin(), text.end(), '-', '_');
    return text;
};

INSTANTIATE_TEST_SUITE_P(Cells, Privileged, testing::ValuesIn(privileged), name_of);
INSTANTIATE_TEST_SUITE_P(Cells, Unprivileged, testing::ValuesIn(unprivileged), name_of);

/// What polkit does in an active session where no rule decides.
std::string default_of(const char* action) {
    std::istringstream lines{run("alice", {"pkaction", "--verbose", "--action-id", action}).out};
    for (std::string first, second, value; lines >> first;) {
        if (first == "implicit" && lines >> second >> value && second == "active:") {
            return value;
        }
    }
    return "";
}

TEST(Permission, is_kept_for_minutes_but_not_for_realtime_of_others) {
    EXPECT_EQ(default_of(set_realtime), "auth_admin_keep");
    EXPECT_EQ(default_of(set_other_users), "auth_admin_keep");
    EXPECT_EQ(default_of(set_other_users_realtime), "auth_admin");
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
