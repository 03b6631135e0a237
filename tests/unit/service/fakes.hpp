// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Stand-ins for the bus, polkit, systemd and the journal. Each records what it was asked.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "policy/authority.hpp"
#include "service/callers.hpp"
#include "service/change_log.hpp"
#include "service/units.hpp"

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

    Expected<Caller> answer = Caller{":1.7", 1001, {}, PidView::same};
    bool later = false;
    std::vector<std::string> asked;
    std::vector<Handler> waiting;
};

class FakeAuthority final : public policy::Authority {
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

    std::unique_ptr<Check> check(const policy::Question& question, std::function<void(const policy::Answer&)> handler,
                                 std::shared_ptr<const void> /*place*/) override {
        questions.push_back(question);
        handlers.push_back(std::move(handler));
        return std::make_unique<Open>(*this);
    }
    void answer(policy::Verdict verdict, const std::string& why = {}) {
        const auto handler = std::move(handlers.front());
        handlers.pop_front();
        handler({verdict, why});
    }

    int open = 0;
    std::vector<policy::Question> questions;
    std::deque<std::function<void(const policy::Answer&)>> handlers;
};

class FakeLog final : public ChangeLog {
 public:
    void write(const ChangeRecord& record) override { records.push_back(record); }
    void left_out(uid_t user, std::uint64_t changes) override { missing.emplace_back(user, changes); }
    std::vector<ChangeRecord> records;
    std::vector<std::pair<uid_t, std::uint64_t>> missing;
};

class FakeUnits final : public Units {
 public:
    void find(const std::string& name, Handler handler) override {
        asked.push_back(name);
        handler(answer);
    }
    Expected<RunningUnit> answer = Failure{ErrorCode::no_such_process, "there is no such unit"};
    std::vector<std::string> asked;
};

}  // namespace iopriority::service::test
