// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "engine/hold_stack.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "restore.hpp"

namespace iopriority::engine {
namespace {

using test::end;
using test::end_late;
using test::restore;

/// Threads and what is set on each.
class Threads final : public process::ThreadGroup {
 public:
    explicit Threads(std::map<pid_t, Priority> initial) : all(std::move(initial)) {}

    void rewind() override { listed_ = false; }
    int next(std::vector<pid_t>& tids) override {
        tids.clear();
        for (const auto& [tid, priority] : all) {
            if (!listed_ && tid != passed_over) {
                tids.push_back(tid);
            }
        }
        listed_ = true;
        return 0;
    }
    unsigned count() override { return static_cast<unsigned>(all.size()); }
    std::optional<pid_t> only_thread() override { return std::nullopt; }
    bool owns_number() override { return true; }
    bool running() override { return true; }
    bool contains(pid_t tid) override { return all.contains(tid); }
    bool belongs(pid_t tid) override { return all.contains(tid); }
    bool is_new(pid_t) override { return false; }
    bool is_young(pid_t) override { return false; }
    bool has_ended(pid_t tid) override { return !contains(tid); }
    bool is_ended_first(pid_t) override { return false; }
    Expected<process::Credentials> credentials(pid_t) override { return process::Credentials{}; }
    std::optional<pid_t> creator_of_recycled(pid_t) override { return std::nullopt; }
    int get(pid_t tid) override { return all.contains(tid) ? values::to_kernel(all[tid]) : -ESRCH; }
    int set(pid_t tid, int value) override {
        all[tid] = values::from_kernel(value);
        return 0;
    }
    std::optional<Priority> effective(pid_t, Priority set) override { return set; }

    void set_all(Priority priority) {
        for (auto& [tid, set] : all) {
            set = priority;
        }
    }

    std::map<pid_t, Priority> all;
    pid_t passed_over = 0;  ///< by the listing, while it lives

 private:
    bool listed_ = false;
};

/// What the service does for a hold: records, then sets every thread.
void begin(HoldStack& stack, Threads& threads, HoldId id, Priority wanted) {
    std::vector<std::pair<pid_t, int>> found;
    for (const auto& [tid, priority] : threads.all) {
        found.emplace_back(tid, values::to_kernel(priority));
    }
    stack.begin(id, wanted, found);
    threads.set_all(wanted);
}

const Priority none = Priority::none();
const Priority idle = Priority::idle();

TEST(A_hold, that_ends_leaves_a_thread_alone_that_somebody_changed_since) {
    Threads threads({{1, none}, {2, none}});
    HoldStack stack;
    begin(stack, threads, 1, idle);
    threads.all[2] = Priority::best_effort(1);
    EXPECT_EQ(end(stack, 1, threads), 1U);
    EXPECT_EQ(threads.all[1], none);
    EXPECT_EQ(threads.all[2], Priority::best_effort(1));
}

TEST(A_hold, that_ends_gives_each_thread_what_it_had) {
    Threads threads({{1, none}, {2, Priority::best_effort(2)}, {3, idle}});
    HoldStack stack;
    begin(stack, threads, 1, Priority::realtime(0));
    end(stack, 1, threads);
    EXPECT_EQ(threads.all, (std::map<pid_t, Priority>{{1, none}, {2, Priority::best_effort(2)}, {3, idle}}));
    EXPECT_TRUE(stack.empty());
}

TEST(A_hold, that_ends_gives_threads_born_meanwhile_what_the_process_had) {
    Threads threads({{1, Priority::best_effort(6)}});
    HoldStack stack;
    begin(stack, threads, 1, idle);
    threads.all[7] = idle;
    end(stack, 1, threads);
    EXPECT_EQ(threads.all[7], Priority::best_effort(6));
}

TEST(A_hold, finds_a_thread_that_was_being_born_when_it_ended) {
    Threads threads({{1, none}});
    HoldStack stack;
    begin(stack, threads, 1, Priority::realtime(0));
    end(stack, 1, threads);
    threads.all[7] = Priority::realtime(0);
    EXPECT_EQ(end_late(stack, threads), 1U);
    EXPECT_EQ(threads.all[7], none);
}

TEST(A_hold, finds_no_thread_late_that_was_there_when_it_ended_and_was_changed_since) {
    Threads threads({{1, none}});
    HoldStack stack;
    begin(stack, threads, 1, idle);
    end(stack, 1, threads);
    threads.all[1] = idle;  // somebody wants just that
    EXPECT_EQ(end_late(stack, threads), 0U);
    EXPECT_EQ(threads.all[1], idle);
}

TEST(A_hold, below_another_that_ended_finds_no_thread_late) {
    Threads threads({{1, none}});
    HoldStack stack;
    begin(stack, threads, 1, Priority::best_effort(2));
    begin(stack, threads, 2, idle);
    end(stack, 1, threads);
    threads.all[1] = Priority::best_effort(2);  // somebody wants just that
    EXPECT_EQ(end_late(stack, threads), 0U);
    EXPECT_EQ(threads.all[1], Priority::best_effort(2));
}

TEST(Holds, that_end_one_soon_after_the_other_find_a_thread_that_was_born_under_the_first_to_end) {
    for (const bool before_the_second_ends : {false, true}) {
        Threads threads({{1, none}});
        HoldStack stack;
        begin(stack, threads, 1, idle);
        begin(stack, threads, 2, Priority::realtime(0));
        end(stack, 2, threads);
        if (before_the_second_ends) {
            threads.all[7] = Priority::realtime(0);
        }
        end(stack, 1, threads);
        threads.all[8] = Priority::realtime(0);
        end_late(stack, threads);
        EXPECT_EQ(threads.all[8], none);
        EXPECT_TRUE(!before_the_second_ends || threads.all[7] == none);
    }
}

TEST(A_hold, below_another_ends_without_a_trace) {
    Threads threads({{1, none}});
    HoldStack stack;
    begin(stack, threads, 1, Priority::realtime(0));
    begin(stack, threads, 2, idle);
    EXPECT_EQ(end(stack, 1, threads), 0U);
    EXPECT_EQ(threads.all[1], idle);
    end(stack, 2, threads);
    EXPECT_EQ(threads.all[1], none);
}

TEST(A_hold, over_threads_born_under_an_older_one_does_not_take_the_older_ones_priority_for_theirs) {
    Threads threads({{1, none}});
    HoldStack stack;
    begin(stack, threads, 1, Priority::realtime(0));
    threads.all[7] = Priority::realtime(0);  // inherited
    begin(stack, threads, 2, idle);
    end(stack, 1, threads);
    end(stack, 2, threads);
    EXPECT_EQ(threads.all[1], none);
    EXPECT_EQ(threads.all[7], none);
}

TEST(A_hold, that_somebody_overruled_on_purpose_puts_nothing_back_even_where_the_values_are_alike) {
    Threads threads({{1, Priority::realtime(3)}});
    HoldStack stack;
    begin(stack, threads, 1, idle);
    stack.detach();
    threads.set_all(idle);  // an administrator wants just that, for good
    EXPECT_EQ(end(stack, 1, threads), 0U);
    EXPECT_EQ(threads.all[1], idle);
}

// Two holders and an administrator, who all act once; in every order, with the administrator coming through the service
// or by the kernel alone. What was granted for a time must be gone with it.
enum class Event : char { a_begins = 'A', a_ends = 'a', b_begins = 'B', b_ends = 'b', admin_sets = 'S' };

struct Play {
    Priority a;
    Priority b;
    Priority base;
    bool through_service;
};

class Every_order : public testing::TestWithParam<Play> {
 protected:
    // What should be in force: the newest of what still stands, where the administrator's act ends what was before it.
    struct Layer {
        char who;
        Priority wanted;
    };
    void play(const std::string& order) {
        SCOPED_TRACE(order);
        Threads threads({{1, GetParam().base}, {2, GetParam().base}});
        HoldStack stack;
        Priority base = GetParam().base;
        std::vector<Layer> layers;
        const auto drop = [&](char who) { std::erase_if(layers, [who](const Layer& l) { return l.who == who; }); };
        HoldId id = 0;
        std::map<char, HoldId> ids;
        for (const char event : order) {
            switch (static_cast<Event>(event)) {
                case Event::a_begins:
                case Event::b_begins: {
                    const Priority wanted = event == 'A' ? GetParam().a : GetParam().b;
                    ids[event] = ++id;
                    begin(stack, threads, id, wanted);
                    layers.push_back({event, wanted});
                    break;
                }
                case Event::a_ends:
                    end(stack, ids['A'], threads);
                    drop('A');
                    break;
                case Event::b_ends:
                    end(stack, ids['B'], threads);
                    drop('B');
                    break;
                case Event::admin_sets:
                    base = Priority::best_effort(5);
                    threads.set_all(base);
                    layers.clear();
                    if (GetParam().through_service) {
                        stack.detach();
                    }
                    break;
            }
            const Priority expected = layers.empty() ? base : layers.back().wanted;
            EXPECT_EQ(threads.all[1], expected) << "after " << event;
            EXPECT_EQ(threads.all[2], expected) << "after " << event;
        }
        EXPECT_TRUE(stack.empty());
    }
};

TEST_P(Every_order, of_two_holders_and_an_administrator_ends_with_what_stands) {
    std::string order = "ABSab";
    std::sort(order.begin(), order.end());
    int played = 0;
    do {
        if (order.find('A') < order.find('a') && order.find('B') < order.find('b')) {
            play(order);
            ++played;
        }
    } while (std::next_permutation(order.begin(), order.end()));
    EXPECT_EQ(played, 30);
}

INSTANTIATE_TEST_SUITE_P(, Every_order,
                         testing::Values(Play{Priority::realtime(0), idle, none, true},
                                         Play{Priority::realtime(0), idle, none, false},
                                         Play{idle, Priority::realtime(0), none, true},
                                         Play{idle, Priority::realtime(0), Priority::best_effort(2), false},
                                         Play{Priority::realtime(1), Priority::realtime(0), none, true},
                                         Play{idle, Priority::best_effort(7), Priority::realtime(4), true},
                                         Play{idle, Priority::best_effort(7), Priority::realtime(4), false}));

TEST(Two_holds, that_begin_at_once_leave_the_older_one_in_force_when_the_newer_is_undone_before_it_has_set_anything) {
    Threads threads({{1, none}, {2, Priority::best_effort(6)}});
    HoldStack stack;
    const std::vector<std::pair<pid_t, int>> found{{1, values::to_kernel(none)},
                                                   {2, values::to_kernel(Priority::best_effort(6))}};
    stack.begin(1, idle, found);
    stack.begin(2, Priority::best_effort(7), found, {}, true);
    ASSERT_TRUE(stack.is_overlaid(1, 2)) << "so the first has not set it";
    stack.end(2, policy::Grant::everything(0), {2});
    EXPECT_EQ(restore(stack, threads), 2U);
    EXPECT_EQ(threads.all, (std::map<pid_t, Priority>{{1, idle}, {2, idle}}));
    end(stack, 1, threads);
    EXPECT_EQ(threads.all, (std::map<pid_t, Priority>{{1, none}, {2, Priority::best_effort(6)}}));
}

TEST(Two_holds, of_which_the_newer_is_undone_leave_what_somebody_has_set_meanwhile) {
    Threads threads({{1, none}});
    HoldStack stack;
    stack.begin(1, idle, {{1, values::to_kernel(none)}});
    stack.begin(2, Priority::best_effort(7), {{1, values::to_kernel(none)}}, {}, true);
    threads.set_all(Priority::best_effort(2));
    stack.end(2, policy::Grant::everything(0), {2});
    EXPECT_EQ(restore(stack, threads), 0U);
    EXPECT_EQ(threads.all, (std::map<pid_t, Priority>{{1, Priority::best_effort(2)}}));
}

TEST(Two_holds, that_begin_at_once_leave_the_older_one_in_force_when_the_newer_ends) {
    Threads threads({{1, none}, {2, Priority::best_effort(6)}});
    HoldStack stack;
    const std::vector<std::pair<pid_t, int>> found{{1, values::to_kernel(none)},
                                                   {2, values::to_kernel(Priority::best_effort(6))}};
    stack.begin(1, idle, found);
    stack.begin(2, Priority::best_effort(7), found, {}, true);  // the first has set nothing yet
    EXPECT_TRUE(stack.is_overlaid(1, 2)) << "it must not set it over the newer";
    EXPECT_FALSE(stack.is_overlaid(2, 2));
    threads.set_all(Priority::best_effort(7));
    end(stack, 2, threads);
    EXPECT_FALSE(stack.is_overlaid(1, 2));
    EXPECT_EQ(threads.all, (std::map<pid_t, Priority>{{1, idle}, {2, idle}}));
    end(stack, 1, threads);
    EXPECT_EQ(threads.all, (std::map<pid_t, Priority>{{1, none}, {2, Priority::best_effort(6)}}));
}

// ---- in pieces

class A_process_of_many_threads : public testing::Test {
 protected:
    static Threads of(pid_t count) {
        std::map<pid_t, Priority> all;
        for (pid_t tid = 1; tid <= count; ++tid) {
            all.emplace(tid, none);
        }
        return Threads(std::move(all));
    }
    [[nodiscard]] auto still_idle() const {
        return std::count_if(threads.all.begin(), threads.all.end(),
                             [](const auto& thread) { return thread.second == idle; });
    }

    Threads threads = of(200);
    HoldStack stack;
    HoldStack::SetTo to;
};

TEST_F(A_process_of_many_threads, is_put_back_a_piece_at_a_time) {
    begin(stack, threads, 1, idle);
    stack.end(1, policy::Grant::everything(0));
    EXPECT_TRUE(stack.is_restoring());
    EXPECT_EQ(still_idle(), 200);
    EXPECT_FALSE(stack.restore_some(threads, to));
    const auto set = test::number(to);
    EXPECT_GT(set, 0U);
    EXPECT_LE(set, 64U);
    EXPECT_EQ(still_idle(), 200 - set);
    EXPECT_EQ(test::restore(stack, threads), 200 - set);
    EXPECT_EQ(still_idle(), 0);
    EXPECT_FALSE(stack.is_restoring());
}

TEST_F(A_process_of_many_threads, has_nothing_of_the_hold_that_ends_of_its_own) {
    begin(stack, threads, 1, idle);
    stack.end(1, policy::Grant::everything(0));
    ASSERT_FALSE(stack.restore_some(threads, to));
    EXPECT_EQ(stack.own(200, values::to_kernel(idle)), none);
    EXPECT_EQ(stack.own(1, values::to_kernel(idle)), idle) << "it was put back: somebody has set it since";
}

TEST_F(A_process_of_many_threads, keeps_what_is_set_on_purpose_before_its_turn) {
    begin(stack, threads, 1, idle);
    stack.end(1, policy::Grant::everything(0));
    ASSERT_FALSE(stack.restore_some(threads, to));
    test::overrule(stack, {200}, threads);
    EXPECT_EQ(test::restore(stack, threads), 199 - test::number(to));
    EXPECT_EQ(threads.all.at(200), idle);
}

TEST_F(A_process_of_many_threads, loses_no_record_of_a_thread_that_a_listing_passes_over) {
    threads.all.at(100) = Priority::best_effort(3);
    begin(stack, threads, 1, idle);
    threads.all.erase(150);
    threads.passed_over = 100;
    test::overrule(stack, {200}, threads);
    threads.passed_over = 0;
    EXPECT_FALSE(stack.bases().contains(150));
    end(stack, 1, threads);
    EXPECT_EQ(threads.all.at(100), Priority::best_effort(3));
    EXPECT_EQ(threads.all.at(200), idle);
}

TEST_F(A_process_of_many_threads, is_left_alone_once_it_is_set_on_purpose_as_a_whole) {
    begin(stack, threads, 1, idle);
    stack.end(1, policy::Grant::everything(0));
    ASSERT_FALSE(stack.restore_some(threads, to));
    stack.detach();
    EXPECT_FALSE(stack.is_restoring());
    EXPECT_EQ(test::restore(stack, threads), 0U);
}

}  // namespace
}  // namespace iopriority::engine
