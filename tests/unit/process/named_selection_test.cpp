// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Processes that are named one by one, and who descends from whom: on real processes, of this user.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../delayed_stats.hpp"
#include "../engine/crowd.hpp"
#include "../engine/parent.hpp"
#include "process/scan.hpp"
#include "process/selection.hpp"

namespace iopriority::process {
namespace {

using engine::test::Crowd;
using engine::test::Parent;
using engine::test::start_of;
using engine::test::wait_forever;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr pid_t nobody = std::numeric_limits<pid_t>::max();
constexpr bool with_descendants = true;

ProcessKey key_of(pid_t pid) {
    return *Process::pin(pid)->key();
}

/// Runs one scan, and pins what it has found.
std::vector<pid_t> scan(Selection& selection, const std::vector<pid_t>& members = {}) {
    selection.restart();
    while (true) {
        const auto ended = selection.step();
        if (!ended) {
            ADD_FAILURE() << ended.failure().message;
            return {};
        }
        if (*ended) {
            break;
        }
    }
    std::vector<pid_t> pinned;
    for (const auto& candidate : selection.found(members)) {
        const auto process = selection.pin(candidate);
        if (process) {
            EXPECT_EQ((*process)->pid(), candidate.pid);
            pinned.push_back(candidate.pid);
        } else {
            EXPECT_EQ(process.failure().code, ErrorCode::no_such_process);
        }
    }
    return pinned;
}

class Named_processes : public ::testing::Test {
 protected:
    [[nodiscard]] std::vector<pid_t> both() const { return {first.pid(), second.pid()}; }

    Crowd first{wait_forever};
    Crowd second{wait_forever};
};

TEST_F(Named_processes, that_do_not_exist_are_not_found_and_no_failure) {
    const auto selection = select_named({nobody, 0, -1}, {}, false);
    EXPECT_THAT(scan(*selection), IsEmpty());
    EXPECT_THAT(selection->named(), ElementsAre(nobody, 0, -1));
}

TEST_F(Named_processes, are_found_by_number) {
    const auto selection = select_named(both(), {}, false);
    EXPECT_THAT(scan(*selection), UnorderedElementsAre(first.pid(), second.pid()));
    EXPECT_FALSE(selection->is_fixed()) << "a scan may find descendants";
}

TEST_F(Named_processes, are_found_by_key) {
    const auto selection = select_named({}, {key_of(second.pid()), key_of(first.pid())}, false);
    EXPECT_THAT(scan(*selection), UnorderedElementsAre(first.pid(), second.pid()));
    EXPECT_THAT(selection->named(), ElementsAre(second.pid(), first.pid()));
}

TEST_F(Named_processes, are_not_found_by_the_key_of_another_that_had_the_number) {
    auto another = key_of(first.pid());
    ++another.birth;
    const auto selection = select_named({}, {another, key_of(second.pid())}, false);
    EXPECT_THAT(scan(*selection), ElementsAre(second.pid()));
    EXPECT_THAT(selection->named(), ElementsAre(first.pid(), second.pid()));
}

TEST_F(Named_processes, are_not_found_by_the_number_of_one_of_their_threads) {
    const Crowd crowd([](const auto& ready) {
        engine::test::start_waiting_threads(1);
        wait_forever(ready);
    });
    auto tids = crowd.tids();
    std::erase(tids, crowd.pid());
    const auto selection = select_named(tids, {}, false);
    EXPECT_THAT(scan(*selection), IsEmpty());
}

TEST_F(Named_processes, keep_their_order_and_count_once) {
    const pid_t a = first.pid();
    const pid_t b = second.pid();
    EXPECT_THAT(select_named({b, a, b, nobody, a}, {}, false)->named(), ElementsAre(b, a, nobody));
    EXPECT_THAT(select_named({}, {key_of(b), key_of(a), key_of(b)}, false)->named(), ElementsAre(b, a));
    EXPECT_THAT(scan(*select_named({a, a, a}, {}, false)), ElementsAre(a));
    EXPECT_THAT(scan(*select_named({}, {key_of(a), key_of(a)}, true)), ElementsAre(a));
}

TEST_F(Named_processes, are_told_of_a_list_alone) {
    EXPECT_THAT(select_group(::getpgrp())->named(), IsEmpty());
    EXPECT_THAT(select_for_user(::getuid())->named(), IsEmpty());
    EXPECT_THAT(select_process(std::make_shared<const Process>(Process::pin(first.pid()).value()))->named(), IsEmpty());
}

TEST_F(Named_processes, that_have_ended_are_left_out_also_between_the_scan_and_their_turn) {
    const auto selection = select_named(both(), {}, false);
    first.kill();
    EXPECT_THAT(scan(*selection), ElementsAre(second.pid()));
    second.reap();
    EXPECT_THAT(scan(*selection), IsEmpty());
}

TEST_F(Named_processes, are_found_again_by_every_scan) {
    const auto selection = select_named(both(), {}, false);
    EXPECT_THAT(scan(*selection), UnorderedElementsAre(first.pid(), second.pid()));
    EXPECT_THAT(scan(*selection, both()), UnorderedElementsAre(first.pid(), second.pid()));
}

TEST_F(Named_processes, that_were_not_there_in_the_first_scan_are_not_looked_for_in_another) {
    const auto selection = select_named({first.pid(), nobody}, {}, false);
    EXPECT_THAT(scan(*selection), ElementsAre(first.pid()));
    first.reap();
    EXPECT_THAT(scan(*selection, {first.pid()}), IsEmpty());
}

class Named_processes_with_descendants : public ::testing::Test {
 protected:
    Parent parent;
    Parent other;
};

TEST_F(Named_processes_with_descendants, are_found_with_all_descendants_and_nothing_else) {
    const pid_t child = parent.start_child();
    const auto [older, younger] = parent.start_two_generations();
    other.start_child();
    const auto selection = select_named({parent.pid()}, {}, with_descendants);
    EXPECT_THAT(scan(*selection), UnorderedElementsAre(parent.pid(), child, older, younger));
    EXPECT_THAT(selection->named(), ElementsAre(parent.pid()));
}

TEST_F(Named_processes_with_descendants, are_found_alone_where_descendants_are_not_wanted) {
    parent.start_child();
    EXPECT_THAT(scan(*select_named({parent.pid()}, {}, false)), ElementsAre(parent.pid()));
}

TEST_F(Named_processes_with_descendants, can_be_several_trees) {
    const pid_t child = parent.start_child();
    const pid_t of_other = other.start_child();
    const auto selection = select_named({}, {key_of(other.pid()), key_of(parent.pid())}, with_descendants);
    EXPECT_THAT(scan(*selection), UnorderedElementsAre(parent.pid(), child, other.pid(), of_other));
}

TEST_F(Named_processes_with_descendants, can_be_one_in_the_tree_of_another) {
    const auto [older, younger] = parent.start_two_generations();
    const auto selection = select_named({younger, parent.pid()}, {}, with_descendants);
    EXPECT_THAT(scan(*selection), UnorderedElementsAre(parent.pid(), older, younger));
    EXPECT_THAT(selection->named(), ElementsAre(younger, parent.pid()));
}

TEST_F(Named_processes_with_descendants, are_found_with_what_was_started_since_the_scan_before) {
    const auto selection = select_named({parent.pid()}, {}, with_descendants);
    const auto members = scan(*selection);
    EXPECT_THAT(members, ElementsAre(parent.pid()));
    const pid_t child = parent.start_child();
    EXPECT_THAT(scan(*selection, members), UnorderedElementsAre(parent.pid(), child));
}

TEST_F(Named_processes_with_descendants, are_found_without_what_has_ended) {
    const pid_t child = parent.start_child();
    const pid_t stays = parent.start_child();
    const auto selection = select_named({parent.pid()}, {}, with_descendants);
    const auto members = scan(*selection);
    parent.end(child);
    EXPECT_THAT(scan(*selection, members), UnorderedElementsAre(parent.pid(), stays));
}

TEST_F(Named_processes_with_descendants, are_found_with_their_children_also_where_something_delays_them) {
    const pid_t child = parent.start_child();
    const Crowd another(wait_forever);
    const iopriority::test::DelayedStats delayed({parent.pid()});
    const std::vector<pid_t> both{parent.pid(), another.pid()};
    const auto selection = select_named(both, {}, with_descendants);
    const auto process = Process::pin(parent.pid());
    if (!process || !process->key()) {  // before Linux 6.9 it counts as ended
        EXPECT_THAT(scan(*selection), UnorderedElementsAre(another.pid()));
        return;
    }
    EXPECT_THAT(scan(*select_named(both, {}, false)), UnorderedElementsAre(parent.pid(), another.pid()));
    EXPECT_THAT(scan(*selection), UnorderedElementsAre(parent.pid(), another.pid(), child));
    EXPECT_THAT(scan(*selection, {child}), UnorderedElementsAre(parent.pid(), another.pid(), child));
}

TEST_F(Named_processes_with_descendants, are_found_with_their_children_also_where_something_delays_them_later) {
    const pid_t child = parent.start_child();
    const auto selection = select_named({parent.pid()}, {}, with_descendants);
    EXPECT_THAT(scan(*selection), UnorderedElementsAre(parent.pid(), child));
    const iopriority::test::DelayedStats delayed({parent.pid()});
    const auto process = Process::pin(parent.pid());
    if (process && process->key()) {  // before Linux 6.9 it cannot be told from others meanwhile
        EXPECT_THAT(scan(*selection), UnorderedElementsAre(parent.pid(), child));
    }
}

TEST_F(Named_processes_with_descendants, leave_members_that_an_earlier_scan_has_seen) {
    const auto [older, younger] = parent.start_two_generations();
    const auto selection = select_named({parent.pid()}, {}, with_descendants);
    const auto members = scan(*selection);
    parent.end(older);
    EXPECT_THAT(scan(*selection, members), UnorderedElementsAre(parent.pid(), younger))
        << "its parent is another one now";
    parent.end();
    EXPECT_THAT(scan(*selection, members), ElementsAre(younger)) << "the root has ended";
}

TEST_F(Named_processes_with_descendants, leave_nobody_behind_whom_no_scan_has_seen) {
    const auto [older, younger] = parent.start_two_generations();
    parent.end(older);
    const auto selection = select_named({parent.pid()}, {}, with_descendants);
    EXPECT_THAT(scan(*selection), Not(Contains(younger))) << "whose parent is another one now";
}

TEST_F(Named_processes_with_descendants, whose_number_is_another_processs_now_are_not_found_and_nor_are_its_children) {
    parent.start_child();
    auto another = key_of(parent.pid());
    ++another.birth;
    EXPECT_THAT(scan(*select_named({}, {another}, with_descendants)), IsEmpty());
}

// ---- who descends from whom

class A_family : public ::testing::Test {
 protected:
    void look() {
        family.restart();
        auto ended = family.step();
        while (ended && !*ended) {
            ended = family.step();
        }
        ASSERT_TRUE(ended) << ended.failure().message;
    }
    [[nodiscard]] std::vector<pid_t> below(const std::vector<Selection::Candidate>& roots) const {
        std::vector<pid_t> all;
        for (const auto& each : family.below(roots)) {
            EXPECT_TRUE(family.has(each.pid, each.start_ticks));
            all.push_back(each.pid);
        }
        return all;
    }
    [[nodiscard]] static Selection::Candidate candidate(pid_t pid) { return {pid, start_of(pid)}; }

    Parent parent;
    Family family;
};

TEST_F(A_family, has_nobody_below_who_has_no_children) {
    look();
    EXPECT_THAT(below({candidate(parent.pid())}), IsEmpty());
    EXPECT_THAT(below({}), IsEmpty());
}

TEST_F(A_family, has_everybody_with_parent_and_start) {
    const pid_t child = parent.start_child();
    look();
    ASSERT_TRUE(family.all().contains(child));
    EXPECT_EQ(family.all().at(child).parent, parent.pid());
    EXPECT_TRUE(family.has(child, start_of(child)));
    EXPECT_TRUE(family.has(::getpid(), start_of(::getpid())));
    EXPECT_FALSE(family.has(child, start_of(child) + 1)) << "another one with its number";
    EXPECT_FALSE(family.has(nobody, 0));
}

TEST_F(A_family, has_parents_before_their_children_and_the_roots_left_out) {
    const auto [older, younger] = parent.start_two_generations();
    look();
    EXPECT_THAT(below({candidate(parent.pid())}), ElementsAre(older, younger));
    EXPECT_THAT(below({candidate(older)}), ElementsAre(younger));
}

TEST_F(A_family, has_each_once_where_one_root_descends_from_another) {
    const auto [older, younger] = parent.start_two_generations();
    look();
    EXPECT_THAT(below({candidate(parent.pid()), candidate(older)}), ElementsAre(younger));
    EXPECT_THAT(below({candidate(younger), candidate(parent.pid())}), ElementsAre(older));
    EXPECT_THAT(below({candidate(parent.pid()), candidate(parent.pid())}), ElementsAre(older, younger));
}

TEST_F(A_family, has_nobody_below_a_root_whose_number_is_another_processs) {
    const pid_t child = parent.start_child();
    look();
    auto another = candidate(parent.pid());
    ++another.start_ticks;
    EXPECT_THAT(below({another}), IsEmpty());
    EXPECT_THAT(below({another, candidate(child)}), IsEmpty());
}

TEST_F(A_family, forgets_what_the_look_before_has_seen) {
    const pid_t child = parent.start_child();
    look();
    const auto of_child = candidate(child);
    parent.end(child);
    EXPECT_TRUE(family.has(child, of_child.start_ticks)) << "as it was seen";
    while (::access(("/proc/" + std::to_string(child)).c_str(), F_OK) == 0) {
    }
    look();
    EXPECT_FALSE(family.all().contains(child));
}

}  // namespace
}  // namespace iopriority::process
