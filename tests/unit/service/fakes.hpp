// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Stand-ins for the bus, polkit, the kernel and the journal. Each records what it was asked.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "service/change.hpp"

namespace iopriority::service::test {

class FakeCallers final : public Callers {
 public:
    void find(const std::string& bus_name, Handler handler) override {
        asked.push_back(bus_name);
        if (later) {
            waiting.push_back(std::move(handler));
        } else {
            handler(answer);
        }
    }

    Expected<Caller> answer = Caller{":1.7", 1001, 4711, PidView::same};
    bool later = false;
    std::vector<std::string> asked;
    std::vector<Handler> waiting;
};

class FakeAuthority final : public authorization::Authority {
 public:
    struct Open final : Check {
        explicit Open(FakeAuthority& authority) : owner(authority) { ++owner.open; }
        Open(const Open&) = delete;
        Open& operator=(const Open&) = delete;
        Open(Open&&) = delete;
        Open& operator=(Open&&) = delete;
        ~Open() override { --owner.open; }
        FakeAuthority& owner;
    };

    std::unique_ptr<Check> check(const authorization::Question& question,
                                 std::function<void(const authorization::Answer&)> handler,
                                 std::shared_ptr<const void> /*place*/) override {
        questions.push_back(question);
        handlers.push_back(std::move(handler));
        return std::make_unique<Open>(*this);
    }
    void answer(authorization::Verdict verdict, const std::string& why = {}) {
        const auto handler = std::move(handlers.front());
        handlers.pop_front();
        handler({verdict, why});
    }

    int open = 0;
    std::vector<authorization::Question> questions;
    std::deque<std::function<void(const authorization::Answer&)>> handlers;
};

class FakeLog final : public ChangeLog {
 public:
    void write(const ChangeRecord& record) override { records.push_back(record); }
    void left_out(uid_t user, std::uint64_t changes) override { missing.emplace_back(user, changes); }
    std::vector<ChangeRecord> records;
    std::vector<std::pair<uid_t, std::uint64_t>> missing;
};

/// What a FakeTarget plays and what was done to it; outlives the target.
struct Script {
    std::vector<Expected<std::vector<kernel::Owner>>> looks;  ///< in order; the last one stays
    std::size_t looked = 0;
    Expected<std::monostate> begin = std::monostate{};
    Expected<targets::Outcome> result = targets::Outcome{1, 5};
    int steps_a_round = 1;
    bool restless = false;
    bool late_look_pays = false;
    bool throws_in_step = false;
    int steps = 0;
    int rounds = 0;
    int late_looks = 0;
    int look_steps = 0;
    int steps_a_look = 1;
    targets::Target::Admits admits;
    std::optional<Priority> begun_with;
};

class FakeTarget final : public targets::Target {
 public:
    explicit FakeTarget(Script& script) : script_(script) {}

    Expected<std::vector<kernel::Owner>> owners() override {
        const auto at = std::min(script_.looked++, script_.looks.size() - 1);
        return script_.looks.at(at);
    }
    bool look_step() override { return ++script_.look_steps >= script_.steps_a_look; }
    targets::TargetName name() override {
        return {812, "rsync", 0, "process 812 (rsync)", targets::TargetName::Kind::process, {}};
    }
    Expected<std::monostate> begin(Priority wanted, Admits admits) override {
        script_.begun_with = wanted;
        script_.admits = std::move(admits);
        return script_.begin;
    }
    bool step() override {
        if (script_.throws_in_step) {
            throw std::runtime_error("out of luck");
        }
        ++script_.steps;
        if (++in_round_ < script_.steps_a_round) {
            return false;
        }
        in_round_ = 0;
        ++script_.rounds;
        return true;
    }
    bool restless() const override { return script_.restless; }
    void again() override {}
    bool late_look_pays() const override { return script_.late_look_pays; }
    void begin_late_look() override { ++script_.late_looks; }
    Expected<targets::Outcome> result() override { return script_.result; }
    std::string before() const override { return "none"; }
    bool touched() const override { return script_.begun_with.has_value(); }
    bool covers(pid_t pid, uid_t /*uid*/) const override { return pid == 812; }

 private:
    Script& script_;
    int in_round_ = 0;
};

}  // namespace iopriority::service::test
