// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// The oracle and the kernel about who may do what: a user without rights sets every thread to what it has already.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "oracle.hpp"
#include "population.hpp"
#include "support/child.hpp"
#include "world.hpp"

namespace iopriority::test {
namespace {

constexpr int who_process = 1;
constexpr int class_shift = 13;
constexpr int realtime = 1;

/// For each thread the error number that the kernel answers to the user, in a process of that user's.
std::vector<int> answers_to(uid_t user, const World& world) {
    const auto size = world.threads.size() * sizeof(int);
    void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int* answers = static_cast<int*>(memory);
    const pid_t child = fork();
    if (child == 0) {
        const bool changed = setresuid(user, user, user) == 0;
        for (std::size_t i = 0; changed && i < world.threads.size(); ++i) {
            const auto& thread = world.threads[i];
            answers[i] = syscall(SYS_ioprio_set, who_process, thread.tid, thread.value) == 0 ? 0 : errno;
        }
        _exit(changed ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    std::vector<int> result{answers, answers + world.threads.size()};
    munmap(memory, size);
    return result;
}

TEST(Oracle, says_who_may_set_a_thread_as_the_kernel_does) {
    const Users users{uid_of("alice"), uid_of("bob")};
    Dice dice{1};
    const Population population{
        make_plan(dice, {.threads = 2000, .most_threads = 20, .of_one_mind = false, .child_percent = 30}, users)};
    const auto world = read_world(population.contexts());
    const auto answers = answers_to(users.alice, world);
    std::size_t allowed = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const auto& thread = world.threads[i];
        if (!thread.live || !thread.member || thread.value >> class_shift == realtime) {
            continue;  // realtime is refused to her whosesoever it is
        }
        const bool own = is_ones_own(thread, users.alice);
        allowed += own ? 1U : 0U;
        // Who has made a user name space may do anything in there; the contract is stricter.
        if (own || !thread.apart) {
            EXPECT_EQ(answers[i], own ? 0 : EPERM) << words(thread, users);
        }
    }
    EXPECT_GT(allowed, answers.size() / 10);
    EXPECT_LT(allowed, answers.size() / 10 * 9);
}

}  // namespace
}  // namespace iopriority::test
