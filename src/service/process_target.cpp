// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// One process as a target.
#include <map>
#include <optional>
#include <utility>

#include "kernel/late_look.hpp"
#include "kernel/threads.hpp"
#include "service/target.hpp"

namespace iopriority::service {

namespace {

class ProcessTarget final : public Target {
 public:
    ProcessTarget(kernel::Process process, Hold hold) : process_(std::move(process)), hold_(std::move(hold)) {}

    Expected<std::vector<kernel::Owner>> owners() override {
        if (!process_.running()) {
            return process_.ended();
        }
        const auto owner = process_.owner();
        if (!owner) {
            return owner.failure();
        }
        if (owner_ && *owner != *owner_) {
            return became_another(name().text);
        }
        owner_ = *owner;
        return std::vector<kernel::Owner>{*owner};
    }

    TargetName name() override {
        if (!name_) {
            name_ = name_of(process_, owner_->real_uid);
        }
        return *name_;
    }

    Expected<std::monostate> begin(Priority wanted, Admits /*admits*/) override {
        auto threads = kernel::ProcThreads::open(process_);
        if (!threads) {
            return threads.failure();
        }
        threads_ = *std::move(threads);
        wanted_ = wanted;
        setter_.emplace(*threads_, wanted);
        return std::monostate{};
    }

    bool step() override { return late_ ? late_->step() : setter_->step(); }
    bool restless() const override { return setter_->restless(); }
    void again() override { setter_->again(); }
    bool late_look_pays() const override { return !setter_->changes().empty() && !setter_->restless(); }
    void begin_late_look() override { late_.emplace(*threads_, wanted_, *setter_); }
    std::string before() const override { return setter_->before().to_string(); }
    bool touched() const override { return setter_ && !setter_->changes().empty(); }
    bool covers(pid_t pid, uid_t /*uid*/) const override { return !hold_ && pid == process_.pid(); }

    Expected<Outcome> result() override {
        if (setter_->gone() || !process_.running()) {
            return process_.ended();
        }
        if (const auto same = owners(); !same) {
            setter_->undo();
            return same.failure();
        }
        if (setter_->refused() > 0) {
            return refused_by_kernel(name().text, setter_->as_wanted(), setter_->refused(), setter_->refusal());
        }
        if (setter_->outrun()) {
            return outrun(name().text, setter_->as_wanted());
        }
        if (hold_) {
            const auto held = hold_(process_, wanted_, all_before());
            if (!held) {
                setter_->undo();
                return held.failure();
            }
        }
        return Outcome{1, setter_->as_wanted()};
    }

 private:
    // Every thread listed: one that was not changed had what is wanted already.
    [[nodiscard]] std::vector<kernel::ThreadChange> all_before() const {
        std::map<pid_t, Priority> changed;
        for (const auto& change : setter_->changes()) {
            changed.emplace(change.tid, change.before);
        }
        std::vector<kernel::ThreadChange> before;
        for (const pid_t tid : setter_->listing()) {
            const auto found = changed.find(tid);
            before.push_back({tid, found != changed.end() ? found->second : wanted_});
        }
        return before;
    }

    kernel::Process process_;
    Hold hold_;
    std::optional<kernel::Owner> owner_;
    std::optional<TargetName> name_;
    std::unique_ptr<kernel::ProcThreads> threads_;
    Priority wanted_;
    std::optional<kernel::ThreadSetter> setter_;
    std::optional<kernel::LateLook> late_;
};

}  // namespace

std::unique_ptr<Target> process_target(kernel::Process process) {
    return std::make_unique<ProcessTarget>(std::move(process), nullptr);
}

std::unique_ptr<Target> held_target(kernel::Process process, Hold hold) {
    return std::make_unique<ProcessTarget>(std::move(process), std::move(hold));
}

}  // namespace iopriority::service
