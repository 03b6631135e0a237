// SPDX-License-Identifier: LGPL-2.1-or-later
// Whatever is thrown, wherever: one answer, an error, and nothing stays behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>
#include <system_error>

#include "fakes.hpp"

namespace iopriority::service::test {
namespace {

/// The step of a change in which something is thrown.
enum class Where { finding, pinning, naming, looking, asking, beginning, setting, ending, noting, logging };
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

class FaultyTarget final : public targets::Target {
 public:
    explicit FaultyTarget(Fault fault) : fault_(fault) {}
    bool look_step() override {
        fault_.at(Where::looking);
        return true;
    }
    Expected<std::vector<kernel::Owner>> owners() override { return std::vector<kernel::Owner>{{0, false}}; }
    targets::TargetName name() override {
        fault_.at(Where::naming);
        return {812, "rsync", 0, "process 812 (rsync)", targets::TargetName::Kind::process, {}};
    }
    Expected<std::monostate> begin(Priority /*wanted*/, Admits /*admits*/) override {
        fault_.at(Where::beginning);
        return std::monostate{};
    }
    bool step() override {
        fault_.at(Where::setting);
        return true;
    }
    bool restless() const override { return false; }
    void again() override {}
    Expected<targets::Outcome> result() override {
        fault_.at(Where::ending);
        return targets::Outcome{1, 5};
    }
    std::string before() const override { return "none"; }
    bool touched() const override { return true; }
    bool covers(pid_t /*pid*/, uid_t /*uid*/) const override { return false; }

 private:
    Fault fault_;
};

class FaultyCallers final : public Callers {
 public:
    explicit FaultyCallers(Fault fault) : fault_(fault) {}
    void find(const std::string& bus_name, Handler handler) override {
        fault_.at(Where::finding);
        handler(Caller{bus_name, 1001, 4711, PidView::same});
    }

 private:
    Fault fault_;
};

class FaultyAuthority final : public authorization::Authority {
 public:
    explicit FaultyAuthority(Fault fault) : fault_(fault) {}
    std::unique_ptr<Check> check(const authorization::Question& /*question*/,
                                 std::function<void(const authorization::Answer&)> given,
                                 std::shared_ptr<const void> /*place*/) override {
        fault_.at(Where::asking);
        handler = std::move(given);
        return std::make_unique<Check>();
    }
    std::function<void(const authorization::Answer&)> handler;

 private:
    Fault fault_;
};

class FaultyLog final : public ChangeLog {
 public:
    explicit FaultyLog(Fault fault) : fault_(fault) {}
    void write(const ChangeRecord& /*record*/) override { fault_.at(Where::logging); }
    void left_out(uid_t /*user*/, std::uint64_t /*changes*/) override {}

 private:
    Fault fault_;
};

class A_change_with_a_fault : public testing::TestWithParam<std::tuple<Where, What>> {
 protected:
    void start() {
        auto pin = [this](const Caller&) -> targets::PinnedTarget {
            fault.at(Where::pinning);
            return std::unique_ptr<targets::Target>(std::make_unique<FaultyTarget>(fault));
        };
        Answer<targets::Outcome> answer([this](const Expected<targets::Outcome>& outcome) {
            ++answers;
            result = outcome;
        });
        std::make_shared<Change>(parts, Call{":1.7", true}, Priority::idle(), pin, std::move(answer))->start();
        if (authority.handler) {
            const auto handler = std::move(authority.handler);
            handler({authorization::Verdict::granted, {}});
        }
    }

    Fault fault{std::get<0>(GetParam()), std::get<1>(GetParam())};
    Loop loop;
    FaultyCallers callers{fault};
    FaultyAuthority authority{fault};
    FaultyLog log{fault};
    Requests requests{[] {}};
    Parts parts{loop, callers, authority, requests, log, [this](const targets::Target&) { fault.at(Where::noting); }};
    int answers = 0;
    std::optional<Expected<targets::Outcome>> result;
};

TEST_P(A_change_with_a_fault, is_answered_once_and_leaves_nothing_behind) {
    for (unsigned i = 0; i <= Requests::most_waiting_of_a_user; ++i) {  // a place that is not given back is missed
        start();
    }
    EXPECT_EQ(answers, static_cast<int>(Requests::most_waiting_of_a_user + 1));
    EXPECT_EQ(requests.count(), 0U);
    ASSERT_TRUE(result.has_value());
    if (fault.where == Where::noting || fault.where == Where::logging) {
        EXPECT_TRUE(result->has_value());  // it was done all the same
    } else {
        ASSERT_FALSE(result->has_value());
        EXPECT_EQ(result->failure().code, ErrorCode::failed);
        EXPECT_THAT(result->failure().message, testing::HasSubstr("service failed"));
    }
}

INSTANTIATE_TEST_SUITE_P(Everywhere, A_change_with_a_fault,
                         testing::Combine(testing::Values(Where::finding, Where::pinning, Where::naming, Where::looking,
                                                          Where::asking, Where::beginning, Where::setting,
                                                          Where::ending, Where::noting, Where::logging),
                                          testing::Values(What::no_memory, What::system, What::unknown)));

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
