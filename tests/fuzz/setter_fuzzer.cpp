// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Setting the threads of a process that does anything at any moment.
#include <chrono>
#include <map>

#include "../unit/kernel/fake_threads.hpp"
#include "expect.hpp"
#include "kernel/threads.hpp"

namespace {

using namespace iopriority;
using fuzz::expect;
using kernel::test::FakeThreads;

/// Plays the input: a byte for each moment at which something may happen.
class Play {
 public:
    explicit Play(fuzz::Input& input) : input_(input) {
        const auto many = 1 + input.byte() % 12;
        for (int i = 0; i < many; ++i) {
            threads.add(next_++, priority());
        }
        threads.chunk = 1 + input.byte() % 5;
        threads.strangers[creator] = {Priority::best_effort(5), std::nullopt};
        threads.on_pass = [this](unsigned pass) {
            pass_ = pass;
            happen(0);
        };
        threads.before_get = [this](pid_t tid) { happen(tid); };
        threads.before_set = [this](pid_t tid) { happen(tid); };
    }

    FakeThreads threads;
    std::map<pid_t, Priority> stolen;  // numbers, and what their new owners must have at the end
    unsigned last_event = 0;           // pass

    Priority priority() {
        const auto byte = input_.byte();
        return byte % 4 == 0   ? Priority::none()
               : byte % 4 == 1 ? Priority::idle()
                               : Priority::best_effort(byte / 4U % 8U);
    }

 private:
    static constexpr pid_t creator = 9999;

    // What the setter does at the end of a round must be left in peace: it may look at any number.
    void happen(pid_t tid) {
        if (input_.empty() || threads.order.empty()) {
            return;
        }
        const auto what = input_.byte();
        const pid_t one = threads.order.at(what / 16U % threads.order.size());
        switch (what % 16) {
            case 0:
                threads.add(next_++, priority());
                break;
            case 1:
                threads.remove(one);
                break;
            case 2:
                threads.threads.at(one).ending = true;
                break;
            case 3:
                steal(one);
                break;
            case 4:
                if (threads.threads.count(tid) != 0) {
                    steal(tid);
                }
                break;
            case 5:
                threads.threads.at(one).priority = priority();
                break;
            case 6:
                threads.threads.at(one).refusal = what > 128 ? EPERM : 0;
                break;
            case 7:
                threads.hidden = what / 64U;
                break;
            case 8:
                threads.reaped = what > 240;
                break;
            default:
                return;
        }
        last_event = pass_;
    }

    void steal(pid_t tid) {
        if (tid == creator) {
            return;
        }
        threads.remove(tid);
        threads.strangers[tid] = {Priority::best_effort(5), creator};
        stolen.insert_or_assign(tid, Priority::best_effort(5));
    }

    fuzz::Input& input_;
    pid_t next_ = 100;
    unsigned pass_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const auto wanted = input.byte() % 2 == 0 ? Priority::idle() : Priority::best_effort(0);
    Play play(input);
    auto& threads = play.threads;
    constexpr unsigned most_passes = 8;
    kernel::ThreadSetter setter(threads, wanted, {most_passes, std::chrono::hours(1)});
    setter.run();
    expect(threads.calls.passes <= most_passes, "a round is bounded");
    if (setter.restless() && !setter.gone()) {
        setter.again();
        setter.run();
        expect(threads.calls.passes <= 2 * most_passes, "and so is the second");
    }
    for (const auto& [number, due] : play.stolen) {
        expect(threads.strangers.at(number).priority == due, "a stranger is left as it was");
    }
    const bool settled = !setter.gone() && !setter.outrun() && setter.refused() == 0 && threads.hidden == 0;
    if (settled && play.last_event < threads.calls.passes) {
        for (const auto& [tid, thread] : threads.threads) {
            expect(thread.ending || thread.priority == wanted, "no thread is missed");
        }
    }
    threads.before_get = nullptr;
    threads.before_set = nullptr;
    setter.undo();
    for (const auto& [number, due] : play.stolen) {
        expect(threads.strangers.at(number).priority == due, "also when all is undone");
    }
    return 0;
}
