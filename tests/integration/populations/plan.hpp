// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A population as a value: what is to be built. The same seed plans the same one.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "dice.hpp"

namespace iopriority::test {

enum class Keeps { what_the_kernel_leaves, one_capability, nothing };

/// Whose a thread is in the end.
struct Identity {
    uid_t real;
    uid_t effective;
    uid_t saved;
    Keeps keeps{Keeps::what_the_kernel_leaves};
};

struct ThreadPlan {
    Identity identity{};
    int nice{0};
    int policy{0};
    int value{0};        ///< I/O priority, as the kernel takes it, hints included
    bool shares{false};  ///< made with CLONE_IO: has the leader's io_context (the leader: its parent's), and its value
};

/// A user name space of its own: made by the user itself, or by root, who maps this one user into it.
enum class UserNamespace { none, own, by_root };

struct ProcessPlan {
    int parent{-1};
    bool own_group{false};
    UserNamespace user_namespace{UserNamespace::none};
    bool ended{false};         ///< a zombie: ended, and not waited for
    bool leader_ended{false};  ///< the first thread has ended, others run
    bool has_sharers{false};   ///< somebody shares the leader's io_context: it must be there before they are made
    std::size_t first_thread{0};
    std::vector<ThreadPlan> threads;  ///< the leader is the first
};

struct Plan {
    std::vector<ProcessPlan> processes;
    uid_t namespace_user{0};  ///< whose user name spaces are
    std::size_t threads{0};
};

struct Size {
    std::size_t threads;        ///< about, in all
    int most_threads;           ///< in one process
    bool of_one_mind;           ///< all threads of a process are the same user's, with the same capabilities
    std::size_t child_percent;  ///< processes that are children of others
};

struct Users {
    uid_t alice;
    uid_t bob;
};

[[nodiscard]] Plan make_plan(Dice& dice, const Size& size, const Users& users);

}  // namespace iopriority::test
