// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The scopes: process 0 is alice's and has two threads, process 1 has one.
#include "scope.hpp"

namespace iopriority::simulation {

using What = Step::What;

const std::vector<Scope>& all_scopes() {
    constexpr int best_effort_4 = 2 << 13 | 4;
    const auto idle = Priority::idle();
    const auto low = Priority::best_effort(7);
    const auto high = Priority::best_effort(2);
    const Scope::Machine alice{1000, 2, best_effort_4};
    const Scope::Machine alice_alone{1000, 1, best_effort_4};
    const Scope::Machine alice_too{1000, 1, 0};
    const Scope::Machine bob{1001, 1, 0};
    const Scope::Machine root{0, 1, 0};
    const Scope::Actor holds{0, {{What::hold, {0}, idle}, {What::close}}};
    const Scope::Actor holds_too{0, {{What::hold, {0}, low}, {What::close}}};
    const Scope::Actor sets{1, {{What::set, {0}, high}}};
    const Scope::Actor sets_the_same{1, {{What::set, {0}, idle}}};
    const Scope::Actor polkit{1, {{What::answer}}};

    static const std::vector<Scope> scopes{
        {"holds", {alice, root}, {holds, holds_too}, {}, 2},
        {"holds_and_set", {alice, root}, {holds, holds_too, sets}, {}, 0},
        {"holds_and_sets_the_same", {alice, root}, {holds, sets_the_same}, {}, 2},
        {"lists",
         {alice, alice_too},
         {{0, {{What::hold, {0, 1}, idle}, {What::close}}}, {1, {{What::hold, {1}, low}, {What::close}}}},
         {},
         2},
        {"born_under_two", {alice, root}, {holds, holds_too}, {{What::born, {0}}}, 0},
        {"born_and_set", {alice, root}, {holds, sets}, {{What::born, {0}}}, 1},
        {"born_twice", {alice_alone, root}, {holds}, {{What::born, {0}}, {What::born, {0}}}, 2},
        {"born_and_ends", {alice, root}, {holds}, {{What::born, {0}}, {What::ends, {0}}}, 1},
        {"sets_itself", {alice, root}, {holds}, {{What::sets_itself, {0}, high}}, 2},
        {"forks",
         {alice, root},
         {{0, {{What::hold, {0}, idle}, {What::second}, {What::close}}}},
         {{What::forks, {0}}},
         2},
        {"setuid", {alice, root}, {holds}, {{What::born, {0}}, {What::execs_setuid, {0}}}, 1},
        {"numbers", {alice, root}, {holds}, {{What::thread_number_reused, {0}}, {What::number_reused, {0}}}, 1},
        {"numbers_set", {alice, root}, {sets}, {{What::thread_number_reused, {0}}}, 2},
        {"execs", {alice_alone, root}, {{0, {{What::set, {0}, idle}}}}, {{What::born, {0}}, {What::execs, {0}}}, 2},
        {"asked", {alice, bob}, {sets, polkit}, {{What::born, {0}}, {What::execs_setuid, {0}}}, 1},
        {"asked_reused", {alice, bob}, {sets, polkit}, {{What::number_reused, {0}}}, 2},
        {"leaves", {alice, root}, {{0, {{What::hold, {0}, idle}, {What::leave}}}, holds_too}, {}, 1},
        {"stops", {alice, root}, {holds, holds_too, {1, {{What::stop}}}}, {}, 0},
    };
    return scopes;
}

}  // namespace iopriority::simulation
