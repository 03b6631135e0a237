// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Holds that end, on a process of many threads.
#pragma once

#include <cstddef>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "../engine/run_job.hpp"
#include "bench.hpp"
#include "service/holds.hpp"

namespace iopriority::service::test {

/// A process of 600 threads, and what begins holds on it without a request.
class EndingHolds : public Bench {
 protected:
    using Beginning = std::unique_ptr<Holds::Beginning>;

    /// Begins a hold, and sets all threads but so many.
    Beginning begin(Holds& among, Priority wanted, std::ptrdiff_t without = 0) {
        const auto all = process::Process::pin(many->pid()).value();
        engine::Values values;
        engine::Values left;
        for (auto tid = tids.begin(); tid != tids.end(); ++tid) {
            (tids.end() - tid > without ? values : left)
                .emplace_back(*tid, values::to_kernel(engine::test::priority_of(*tid)));
        }
        auto beginning = std::move(among.begin(owner(), wanted, policy::Grant::everything(0))).value();
        EXPECT_TRUE(beginning->found(all, *all.key(), values, left));
        for (const auto& [tid, before] : values) {
            engine::test::set_priority(tid, wanted);
        }
        return beginning;
    }
    Beginning begin(Priority wanted) { return begin(holds, wanted); }
    [[nodiscard]] process::ProcessKey key() const { return *process::Process::pin(many->pid())->key(); }
    /// What a next run of the service finds stored.
    void run_again() {
        Holds next(loop, HoldStore(directory.path()), log, [] {});
        next.recover();
        until([&] { return next.under_way() == 0; });
    }

    std::unique_ptr<Crowd> many = process_of(owner(), 600);
    std::vector<pid_t> tids = many->tids();
};

}  // namespace iopriority::service::test
