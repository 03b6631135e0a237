// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Several processes as one target: a tree, a group, a user's, a unit's.
///
/// Members are pinned when they are found. Each look ends with a scan that finds no new one. So does setting, or with
/// new ones that already carry what is wanted, as do those that set ones have brought forth: somebody who starts one
/// process after the other is not outrun, but has lost. New ones are taken if the authorization given covers them.
#include <optional>
#include <string>
#include <utility>

#include "targets/several_members.hpp"
#include "targets/target.hpp"

namespace iopriority::targets {

namespace {

using Member = SeveralMembers::Member;
using Scan = SeveralMembers::Scan;

class SeveralTarget final : public Target {
 public:
    explicit SeveralTarget(Several several) : members_(std::move(several)) {}

    void begin_look() override { members_.begin(); }
    bool look_step() override {
        const auto scan = members_.scan_step();
        if (scan == Scan::found_more) {
            members_.restart();
        }
        return scan == Scan::ended;
    }
    Expected<std::vector<kernel::Owner>> owners() override { return members_.owners(); }
    TargetName name() override { return members_.name(); }

    Expected<std::monostate> begin(Priority wanted, Admits admits) override {
        wanted_ = wanted;
        members_.admit(std::move(admits));
        members_.begin();
        begin_pass();
        return std::monostate{};
    }
    bool step() override;
    // A fork or a clone that was under way anywhere among them shows itself only later.
    bool restless() const override { return restless_ || touched(); }
    void again() override;
    Expected<Outcome> result() override;
    std::string before() const override { return before_ ? before_->to_string() : "unknown"; }
    bool touched() const override { return changes() > 0; }
    int refusal() const override;
    void undo() override;
    // What is held carries a priority of its own, which keep_explicit has left.
    bool covers(pid_t pid, uid_t /*uid*/) const override {
        const auto member = members_.all().find(pid);
        return !members_.several().keep_explicit && member != members_.all().end() && !member->second.left_alone;
    }

 private:
    void begin_pass();
    void set_again();
    bool pass_ended();
    bool scan();
    void set_member(Member& member);
    void member_set(const Member& member);
    [[nodiscard]] std::size_t changes() const;
    [[nodiscard]] bool put_back_if_another(Member& member) const;
    [[nodiscard]] const std::string& text() const { return members_.several().name.text; }

    SeveralMembers members_;
    Priority wanted_;
    std::optional<Priority> before_;
    SeveralMembers::Map::iterator at_ = members_.all().end();
    bool scanning_ = false;
    bool for_new_ones_ = false;  ///< the pass is for those that a scan has found since the one before
    bool restless_ = false;
    std::size_t changes_before_pass_ = 0;
    std::optional<Failure> failure_;
};

void SeveralTarget::begin_pass() {
    scanning_ = false;
    changes_before_pass_ = changes();
    at_ = members_.all().begin();
}

std::size_t SeveralTarget::changes() const {
    std::size_t changes = 0;
    for (const auto& [pid, member] : members_.all()) {
        changes += member.setter ? member.setter->changes().size() : 0;
    }
    return changes;
}

bool SeveralTarget::step() {
    if (members_.failure() || failure_) {
        return true;
    }
    if (scanning_) {
        return scan();
    }
    if (at_ == members_.all().end()) {
        return pass_ended();
    }
    Member& member = at_->second;
    if (!member.left_alone && !member.setter) {
        set_member(member);
    } else if (member.left_alone || member.setter->step()) {
        member_set(member);
        ++at_;
    }
    return false;
}

// True when all is done.
bool SeveralTarget::pass_ended() {
    if (members_.outrun() || (for_new_ones_ && changes() == changes_before_pass_)) {
        return true;
    }
    scanning_ = true;
    members_.restart();
    return false;
}

void SeveralTarget::set_member(Member& member) {
    auto threads = kernel::ProcThreads::open(member.process);
    if (!threads) {
        if (threads.failure().code != ErrorCode::no_such_process) {
            failure_ = threads.failure();
        }
        member.left_alone = true;  // it has ended: the count says so
        return;
    }
    member.threads = *std::move(threads);
    kernel::ThreadGroup* group = member.threads.get();
    if (members_.several().keep_explicit) {
        member.unset = std::make_unique<kernel::UnsetThreads>(*member.threads, wanted_);
        group = member.unset.get();
    }
    member.setter.emplace(*group, wanted_);
}

void SeveralTarget::member_set(const Member& member) {
    if (!member.setter) {
        return;
    }
    if (!before_) {
        before_ = member.setter->before();
    }
    restless_ = restless_ || member.setter->restless();
}

// True when a scan has found no new one. Also the last ones that are taken are set.
bool SeveralTarget::scan() {
    const auto scan = members_.scan_step();
    if (scan == Scan::found_more || (scan == Scan::ended && members_.outrun())) {
        for_new_ones_ = true;
        set_again();
        return false;
    }
    return scan == Scan::ended;
}

// Those that are set already are passed over quickly: a round of theirs has ended.
void SeveralTarget::set_again() {
    for (auto& [pid, member] : members_.all()) {
        if (member.setter) {
            member.setter->again();
        }
    }
    begin_pass();
}

void SeveralTarget::again() {
    members_.begin();
    for_new_ones_ = false;
    set_again();
}

bool SeveralTarget::put_back_if_another(Member& member) const {
    if (!members_.is_anothers(member)) {
        return false;
    }
    member.setter->undo();
    member.left_alone = true;
    return true;
}

int SeveralTarget::refusal() const {
    int refusal = 0;
    for (const auto& [pid, member] : members_.all()) {
        if (member.setter && member.setter->refused() > 0) {
            refusal = member.setter->refusal();
        }
    }
    return refusal;
}

void SeveralTarget::undo() {
    for (auto& [pid, member] : members_.all()) {
        if (member.setter) {
            member.setter->undo();
        }
    }
}

Expected<Outcome> SeveralTarget::result() {
    Outcome outcome;
    unsigned refused = 0;
    unsigned left_alone = 0;
    int refusal = 0;
    bool outran = members_.outrun();
    for (auto& [pid, member] : members_.all()) {
        if (!member.process.running()) {
            continue;
        }
        if (member.left_alone || !member.setter || put_back_if_another(member)) {
            ++left_alone;
            continue;
        }
        if (member.setter->gone()) {
            continue;
        }
        outcome.threads += member.setter->as_wanted();
        outcome.processes += member.setter->refused() == 0 ? 1U : 0U;
        refused += member.setter->refused();
        refusal = member.setter->refused() > 0 ? member.setter->refusal() : refusal;
        outran = outran || member.setter->outrun();
    }
    if (const auto failure = failure_ ? failure_ : members_.failure()) {
        return touched() ? Failure{ErrorCode::partially_applied, failure->message} : *failure;
    }
    if (refused > 0) {
        return refused_by_kernel(text(), outcome.threads, refused, refusal);
    }
    if (left_alone > 0) {
        return Failure{ErrorCode::partially_applied,
                       text() + ": " + std::to_string(outcome.processes) + " processes are as wanted, " +
                           std::to_string(left_alone) +
                           " were left alone: they joined, or changed hands, after the authorization; try again"};
    }
    if (outran) {
        return outrun(text(), outcome.threads);
    }
    if (outcome.processes == 0) {
        return Failure{ErrorCode::no_such_process, members_.several().nobody};
    }
    return outcome;
}

}  // namespace

std::unique_ptr<Target> several_target(Several several) {
    return std::make_unique<SeveralTarget>(std::move(several));
}

}  // namespace iopriority::targets
