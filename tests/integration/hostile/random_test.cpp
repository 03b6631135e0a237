// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// A hundred thousand calls from a seed, every type in every place: each is answered, and the service is what it was.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

#include "hostile.hpp"
#include "random_message.hpp"
#include "support/kernel.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

constexpr unsigned calls = 100'000;
constexpr unsigned most_pending = 100;  // the bus lets a connection wait for 128 answers

/// Counted by the caller, in memory that both share.
struct Tally {
    unsigned sent;
    unsigned answered;
    unsigned well;
    bool done;
};

int on_answer(sd_bus_message* answer, void* data, sd_bus_error* /*error*/) {
    auto& tally = *static_cast<Tally*>(data);
    ++tally.answered;
    tally.well += sd_bus_message_is_method_error(answer, nullptr) == 0 ? 1U : 0U;
    return 0;
}

/// Lets answers come until fewer wait than this; gives up when none has come for long.
void let_answers_come(sd_bus* bus, const Tally& tally, unsigned pending) {
    while (tally.sent - tally.answered > pending) {
        const int worked = check(sd_bus_process(bus, nullptr), "process");
        if (worked == 0 && check(sd_bus_wait(bus, patience_usec), "wait") == 0) {
            return;
        }
    }
}

void call_at_random(RandomCalls calls_of, unsigned count, Tally& tally) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    const auto bus = open_system_bus();
    while (tally.sent < count) {
        const auto message = calls_of.next(bus.get());
        check(sd_bus_call_async(bus.get(), nullptr, message.get(), on_answer, &tally, UINT64_MAX), "call");
        ++tally.sent;
        let_answers_come(bus.get(), tally, most_pending - 1);
    }
    let_answers_come(bus.get(), tally, 0);
    tally.done = true;
}

std::uint32_t seed() {
    const char* given = std::getenv("IOPRIORITY_SEED");  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
    return given != nullptr ? static_cast<std::uint32_t>(std::stoul(given)) : 20261122U;
}

TEST(RandomCallsOfAUser, are_all_answered_and_do_no_harm) {
    RecordProperty("seed", static_cast<int>(seed()));
    const Target own{"alice", {"threads", "2"}};
    const Target bobs{"bob", {"threads", "2"}};
    const auto daemon = running_daemon();
    auto* tally =
        static_cast<Tally*>(mmap(nullptr, sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    const Forked alice{
        "alice", [&](const auto& ready) {
            ready();
            const auto pidfd = [](pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); };
            const RandomCalls random{
                seed(),
                {static_cast<std::uint32_t>(own.pid()), static_cast<std::uint32_t>(bobs.pid()), uid_of("alice")},
                // Any other descriptor than a pidfd has the whole call refused.
                {open("/", O_PATH | O_CLOEXEC), pidfd(own.pid()), pidfd(bobs.pid()), pidfd(own.pid()),
                 pidfd(bobs.pid()), pidfd(own.pid()), pidfd(bobs.pid()), pidfd(own.pid()), pidfd(bobs.pid())}};
            call_at_random(random, calls, *tally);
        }};
    Footprint early;
    ASSERT_TRUE(eventually([&] { return tally->answered > calls / 20; }, std::chrono::minutes{1}));
    early = footprint(daemon);
    EXPECT_TRUE(eventually([&] { return tally->done || !is_alive(alice.pid()); }, std::chrono::minutes{3}));
    EXPECT_EQ(tally->sent, calls);
    EXPECT_EQ(tally->answered, calls);
    EXPECT_GT(tally->well, calls / 10) << "hardly any call was a good one: the generator is too wild";
    EXPECT_LT(tally->well, calls) << "no call was a bad one";
    EXPECT_EQ(daemon_pid(), daemon) << "it ended and was started again";
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 2}}));
    EXPECT_TRUE(eventually([&] { return footprint(daemon).descriptors <= early.descriptors + 3; }));
    EXPECT_LT(footprint(daemon).memory_kb, early.memory_kb + 1500);
    munmap(tally, sizeof(Tally));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
