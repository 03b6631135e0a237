// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Setting the threads of a process that does anything at any moment.
#include <chrono>
#include <map>

#include "../unit/engine/fake_threads.hpp"
#include "engine/thread_setter.hpp"
#include "expect.hpp"

namespace {

using namespace iopriority;
using engine::test::FakeThreads;
using fuzz::expect;

/// Plays the input: a byte for each moment at which something may happen.
class Play {
 public:
    Play(fuzz::Input& input, bool judged) : input_(input), judged_(judged) {
        const auto many = 1 + input.byte() % 12;
        for (int i = 0; i < many; ++i) {
            be_born();
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
    std::map<pid_t, Priority> others;  // threads that are not admitted, and what they must have at the end
    unsigned last_event = 0;           // pass

    engine::Judge judge() {
        return !judged_ ? engine::Judge{} : [this](pid_t tid) {
            const auto credentials = threads.credentials(tid);
            return !credentials                 ? engine::Standing::gone
                   : credentials->real_uid == 0 ? engine::Standing::admitted
                                                : engine::Standing::joined;
        };
    }

    Priority priority() {
        const auto byte = input_.byte();
        return byte % 4 == 0   ? Priority::none()
               : byte % 4 == 1 ? Priority::idle()
                               : Priority::best_effort(byte / 4U % 8U);
    }

 private:
    static constexpr pid_t creator = 9999;

    void be_born() {
        const pid_t tid = next_++;
        const auto its = priority();
        threads.add(tid, its);
        if (judged_ && tid % 7 == 3) {
            threads.set_owner(tid, {1000, false});
            others.insert_or_assign(tid, its);
        }
    }

    // What the setter does at the end of a round must be left in peace: it may look at any number.
    void happen(pid_t tid) {
        if (input_.empty() || threads.order.empty()) {
            return;
        }
        const auto what = input_.byte();
        const pid_t one = threads.order.at(what / 16U % threads.order.size());
        switch (what % 16) {
            case 0:
                be_born();
                break;
            case 1:
                threads.remove(one);
                others.erase(one);
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
                if (others.contains(one)) {
                    others.at(one) = threads.priority_of(one);
                }
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
        others.erase(tid);
        threads.strangers[tid] = {Priority::best_effort(5), creator};
        stolen.insert_or_assign(tid, Priority::best_effort(5));
    }

    fuzz::Input& input_;
    bool judged_;
    pid_t next_ = 100;
    unsigned pass_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const auto first = input.byte();
    const auto wanted = first % 2 == 0 ? Priority::idle() : Priority::best_effort(0);
    const engine::Order order{wanted, (first & 2U) != 0, (first & 4U) != 0};
    Play play(input, (first & 8U) != 0);
    auto& threads = play.threads;
    constexpr unsigned most_passes = 8;
    engine::ThreadSetter setter(threads, order, play.judge(), {}, {most_passes, std::chrono::hours(1)});
    setter.run();
    expect(threads.calls.passes <= most_passes, "a round is bounded");
    if (setter.needs_second_round() && !setter.gone()) {
        setter.again();
        setter.run();
        expect(threads.calls.passes <= 2 * most_passes, "and so is the second");
    }
    for (const auto& [number, due] : play.stolen) {
        expect(threads.strangers.at(number).priority == due, "a stranger is left as it was");
    }
    const auto others_are_as_they_were = [&play, &threads] {
        for (const auto& [tid, due] : play.others) {
            expect(threads.priority_of(tid) == due, "a thread that is not admitted is left as it was");
        }
    };
    others_are_as_they_were();
    const auto& tally = setter.tally();
    expect(tally.as_wanted + tally.joined <= threads.calls.gets, "nothing is counted that was not read");
    const bool settled = !setter.gone() && !setter.gave_up() && setter.tally().refused == 0 && threads.hidden == 0;
    if (settled && play.last_event < threads.calls.passes) {
        for (const auto& [tid, thread] : threads.threads) {
            const bool left = play.others.contains(tid) || (order.keep_explicit && thread.priority != Priority::none());
            expect(thread.ending || left || thread.priority == wanted, "no thread is missed");
        }
    }
    threads.before_get = nullptr;
    threads.before_set = nullptr;
    setter.undo();
    others_are_as_they_were();
    for (const auto& [number, due] : play.stolen) {
        expect(threads.strangers.at(number).priority == due, "also when all is undone");
    }
    return 0;
}
