// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Whatever is thrown, wherever: one answer, an error, and nothing stays behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>
#include <system_error>

#include "allocations.hpp"
#include "bench.hpp"

namespace iopriority::service::test {
namespace {

/// The step of a request in which something is thrown.
enum class Where { finding, pinning, asking, naming, logging };
enum class What { no_memory, system, unknown };

void throw_it(What what) {
    switch (what) {
        case What::no_memory:
            throw std::bad_alloc();
        case What::system:
            throw std::system_error(EMFILE, std::generic_category(), "open");
        case What::unknown:
            throw 42;  // NOLINT(*-exception-baseclass): that is the point
    }
}

struct Fault {
    Where where;
    What what;
    void at(Where here) const {
        if (here == where) {
            throw_it(what);
        }
    }
};

class FaultyCallers final : public Callers {
 public:
    explicit FaultyCallers(Fault fault) : fault_(fault) {}
    void find(const std::string& bus_name, Handler handler) override {
        fault_.at(Where::finding);
        handler(Caller{bus_name, owner() + 1, {}, PidView::same});
    }

 private:
    Fault fault_;
};

class FaultyUnits final : public Units {
 public:
    explicit FaultyUnits(Fault fault) : fault_(fault) {}
    void find(const std::string& /*name*/, Handler /*handler*/) override { fault_.at(Where::pinning); }

 private:
    Fault fault_;
};

class FaultyAuthority final : public policy::Authority {
 public:
    explicit FaultyAuthority(Fault fault) : fault_(fault) {}
    std::unique_ptr<Check> check(const policy::Question& /*question*/, std::function<void(const policy::Answer&)> given,
                                 std::shared_ptr<const void> /*place*/) override {
        fault_.at(Where::asking);
        handler = std::move(given);
        return std::make_unique<Check>();
    }
    std::function<void(const policy::Answer&)> handler;

 private:
    Fault fault_;
};

class FaultyLog final : public ChangeLog {
 public:
    explicit FaultyLog(Fault fault) : fault_(fault) {}
    bool tells(uid_t /*user*/) const override {
        fault_.at(Where::naming);
        return true;
    }
    void write(const ChangeRecord& /*record*/) override { fault_.at(Where::logging); }
    void left_out(uid_t /*user*/, std::uint64_t /*changes*/) override {}

 private:
    Fault fault_;
};

/// What was answered, kept without an allocation.
struct Told {
    int answers = 0;
    bool done = false;
    ErrorCode code{};
    bool by_the_guard = false;

    SetRequest::Reply reply() {
        return SetRequest::Reply([this](const Expected<Done>& result) {
            ++answers;
            done = result.has_value();
            code = done ? ErrorCode{} : result.failure().code;
            by_the_guard = !done && (result.failure().message.find("service failed") != std::string::npos ||
                                     result.failure().message == "out of memory");
        });
    }
};

class A_request_with_a_fault : public Bench, public testing::WithParamInterface<std::tuple<Where, What>> {
 protected:
    void run(Priority wanted) {
        auto spec = fault.where == Where::pinning ? TargetSpec{TargetSpec::Kind::unit, 0, {}, {}, "a.service"}
                                                  : spec_of(*process);
        std::make_shared<SetRequest>(faulty_parts, Call{":1.7", true}, std::move(spec), engine::Order{wanted},
                                     SetRequest::For::good, told.reply())
            ->start();
        until([&] { return told.answers > answered || faulty_authority.handler; });
        if (faulty_authority.handler) {
            const auto handler = std::move(faulty_authority.handler);
            handler({policy::Verdict::granted, {}});
        }
        until([&] { return told.answers > answered; });
        answered = told.answers;
        until_done();
    }

    Fault fault{std::get<0>(GetParam()), std::get<1>(GetParam())};
    FaultyCallers faulty_callers{fault};
    FaultyAuthority faulty_authority{fault};
    FaultyLog faulty_log{fault};
    FaultyUnits faulty_units{fault};
    Parts faulty_parts{loop,     faulty_callers, faulty_authority, requests,     admission, questions, settling,
                       refusals, names,          faulty_log,       faulty_units, holds};
    Told told;
    int answered = 0;
};

TEST_P(A_request_with_a_fault, is_answered_once_and_leaves_nothing_behind) {
    for (unsigned i = 0; i <= Admission::questions.of_user; ++i) {  // a place that is not given back is missed
        run(Priority::best_effort(i % 2));
    }
    EXPECT_EQ(told.answers, static_cast<int>(Admission::questions.of_user) + 1);
    EXPECT_EQ(requests.count(), 0U);
    if (fault.where == Where::naming || fault.where == Where::logging) {
        EXPECT_TRUE(told.done);  // it was done all the same
    } else {
        ASSERT_FALSE(told.done);
        EXPECT_EQ(told.code, ErrorCode::failed);
        EXPECT_TRUE(told.by_the_guard);
    }
}

INSTANTIATE_TEST_SUITE_P(Everywhere, A_request_with_a_fault,
                         testing::Combine(testing::Values(Where::finding, Where::pinning, Where::asking, Where::naming,
                                                          Where::logging),
                                          testing::Values(What::no_memory, What::system, What::unknown)));

/// Every allocation of a request fails once: those of looking, beginning, setting and ending are among them.
class A_request_without_memory : public Bench {
 protected:
    /// @return true if the allocation that was to fail was never made
    bool run(long at, TargetSpec spec, Priority wanted, SetRequest::For duration) {
        auto reply = told.reply();
        const auto request = std::make_shared<SetRequest>(parts, Call{":1.7", true}, std::move(spec),
                                                          engine::Order{wanted}, duration, std::move(reply));
        const int before = told.answers;
        int turns = 0;
        const auto stop = loop.each_turn(not_the_caller, [&] {
            if (++turns == 2) {  // the request has had its first one
                loop.quit();
            }
        });
        allocations_left = at;
        request->start();
        loop.run();
        const bool over = std::exchange(allocations_left, -1) >= 0;
        until([&] { return told.answers > before || !authority.handlers.empty(); });
        if (!authority.handlers.empty()) {
            allocations_left = over ? at : -1;
            authority.answer(policy::Verdict::granted);
            allocations_left = -1;
        }
        until([&] { return told.answers > before; });
        EXPECT_EQ(told.answers, before + 1);
        until_done();
        EXPECT_TRUE(told.done || (told.code == ErrorCode::failed && told.by_the_guard)) << at;
        EXPECT_EQ(requests.count(), 0U);
        return over;
    }
    static constexpr std::uint64_t not_the_caller = 1;
    Told told;
};

TEST_F(A_request_without_memory, is_answered_once_and_leaves_nothing_behind) {
    caller_is(owner());
    bool over = false;
    long at = 0;
    for (; !over; ++at) {
        over = run(at, spec_of(*process), Priority::best_effort(at % 2 == 0 ? 1 : 2), SetRequest::For::good);
    }
    EXPECT_TRUE(told.done);
    EXPECT_GT(at, 20) << "it was tried at many places";
}

TEST_F(A_request_without_memory, that_asks_gives_its_place_back) {
    caller_is(owner() + 1);
    for (long at = 0; at < 150; ++at) {
        authority.questions.clear();
        static_cast<void>(
            run(at, spec_of(*process), Priority::best_effort(at % 2 == 0 ? 1 : 2), SetRequest::For::good));
    }
    EXPECT_TRUE(told.done);
}

TEST_F(A_request_without_memory, that_is_to_hold_holds_or_leaves_no_hold) {
    caller_is(owner());
    bool over = false;
    for (long at = 0; !over; ++at) {
        over = run(at, spec_of(*process), Priority::best_effort(at % 2 == 0 ? 1 : 2), SetRequest::For::a_hold);
        until([&] { return holds.under_way() == 0; });  // the answer took the descriptor with it
        EXPECT_TRUE(HoldStore(directory.path()).load().empty()) << at;
    }
    EXPECT_TRUE(told.done);
}

TEST(A_guarded_step, whose_failure_cannot_be_told_is_told_so_with_less) {
    std::vector<std::string> told;
    auto step = [] { throw std::bad_alloc(); };
    guard(step, [&](const Failure& failure) {
        told.push_back(failure.message);
        if (told.size() == 1) {
            throw std::bad_alloc();
        }
    });
    EXPECT_THAT(told, testing::ElementsAre(testing::_, "out of memory"));
}

}  // namespace
}  // namespace iopriority::service::test
