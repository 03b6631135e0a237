// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// One process as a target.
#include <map>
#include <optional>
#include <utility>

#include "kernel/hold_stack.hpp"
#include "kernel/late_look.hpp"
#include "kernel/threads.hpp"
#include "targets/target.hpp"

namespace iopriority::targets {

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
        if (hold_) {
            threads_->rewind();
            reading_ = true;
        }
        return std::monostate{};
    }

    bool step() override {
        if (reading_) {
            read_some();
            return false;
        }
        return late_ ? late_->step() : setter_->step();
    }
    bool restless() const override { return setter_->restless(); }
    void again() override { setter_->again(); }
    bool late_look_pays() const override { return !setter_->changes().empty() && !setter_->restless(); }
    void begin_late_look() override { late_.emplace(*threads_, wanted_, *setter_); }
    std::string before() const override { return setter_->before().to_string(); }
    bool touched() const override { return setter_ && !setter_->changes().empty(); }
    int refusal() const override { return setter_->refused() > 0 ? setter_->refusal() : 0; }
    void undo() override { setter_->undo(); }
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
                take_back();
                return held.failure();
            }
        }
        return Outcome{1, setter_->as_wanted()};
    }

 private:
    // What is set on each thread, before the first of them is changed.
    void read_some() {
        std::vector<pid_t> tids;
        reading_ = threads_->next(tids) == 0 && !tids.empty();
        for (const pid_t tid : tids) {
            if (const int value = threads_->get(tid); value >= 0) {
                found_.insert_or_assign(tid, values::from_kernel(value));
            }
        }
    }

    // Every thread that there was before, or that was changed. One that was born later with what is wanted has that
    // from the thread that started it: nobody chose it, and it must not be left with it.
    [[nodiscard]] std::vector<kernel::ThreadChange> all_before() const {
        auto had = found_;
        for (const auto& change : setter_->changes()) {
            had.try_emplace(change.tid, change.before);
        }
        std::vector<kernel::ThreadChange> before;
        for (const pid_t tid : setter_->listing()) {
            if (const auto found = had.find(tid); found != had.end()) {
                before.push_back({tid, found->second});
            }
        }
        return before;
    }

    // As the end of a lease: threads that were born meanwhile go back, too.
    void take_back() {
        kernel::HoldStack stack;
        stack.begin(1, wanted_, all_before());
        static_cast<void>(stack.end(1, *threads_));
    }

    kernel::Process process_;
    Hold hold_;
    std::optional<kernel::Owner> owner_;
    std::optional<TargetName> name_;
    std::unique_ptr<kernel::ProcThreads> threads_;
    Priority wanted_;
    std::optional<kernel::ThreadSetter> setter_;
    std::optional<kernel::LateLook> late_;
    std::map<pid_t, Priority> found_;  // of a process that is to be held
    bool reading_ = false;
};

}  // namespace

std::unique_ptr<Target> process_target(kernel::Process process) {
    return std::make_unique<ProcessTarget>(std::move(process), nullptr);
}

std::unique_ptr<Target> held_target(kernel::Process process, Hold hold) {
    return std::make_unique<ProcessTarget>(std::move(process), std::move(hold));
}

}  // namespace iopriority::targets
