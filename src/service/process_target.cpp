// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// One process as a target.
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "kernel/late_look.hpp"
#include "kernel/threads.hpp"
#include "service/target.hpp"

namespace iopriority::service {

namespace {

class ProcessTarget final : public Target {
 public:
    explicit ProcessTarget(kernel::Process process) : process_(std::move(process)) {}

    Expected<std::vector<kernel::Owner>> look() override {
        if (!process_.running()) {
            return process_.ended();
        }
        const auto owner = process_.owner();
        if (!owner) {
            return owner.failure();
        }
        owner_ = *owner;
        return std::vector<kernel::Owner>{*owner};
    }

    TargetName name() override {
        if (program_.empty()) {
            program_ = process_.name();
        }
        return {process_.pid(), program_, owner_.real_uid};
    }

    Expected<std::monostate> begin(Priority wanted) override {
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
    void undo() override { setter_->undo(); }
    bool touched() const override { return setter_ && !setter_->changes().empty(); }

    Expected<Outcome> result() override {
        if (setter_->gone() || !process_.running()) {
            return process_.ended();
        }
        if (setter_->refused() > 0) {
            return refused_by_kernel(name().text(), setter_->as_wanted(), setter_->refused(), setter_->refusal());
        }
        if (setter_->outrun()) {
            return Failure{ErrorCode::partially_applied,
                           name().text() +
                               " starts threads faster than they can be set: " + std::to_string(setter_->as_wanted()) +
                               " threads are as wanted, others may not be; stop the process (SIGSTOP) and try again"};
        }
        return Outcome{1, setter_->as_wanted()};
    }

 private:
    kernel::Process process_;
    kernel::Owner owner_;
    std::string program_;
    std::unique_ptr<kernel::ProcThreads> threads_;
    Priority wanted_;
    std::optional<kernel::ThreadSetter> setter_;
    std::optional<kernel::LateLook> late_;
};

}  // namespace

std::string TargetName::text() const {
    return pid == 0 ? "user " + std::to_string(uid) : "process " + std::to_string(pid) + " (" + program + ")";
}

Failure refused_by_kernel(const std::string& target, unsigned changed, unsigned refused, int error) {
    std::string why = target + ": the kernel refused " + std::to_string(refused) + " of " +
                      std::to_string(changed + refused) + " threads: " + std::generic_category().message(error);
    if (error == EPERM) {
        why += " (a security module forbids it, or, for realtime, the kernel is older than 5.10)";
    }
    return {changed > 0 ? ErrorCode::partially_applied : ErrorCode::failed, std::move(why)};
}

Expected<std::unique_ptr<Target>> pin_process(pid_t pid) {
    auto process = kernel::Process::pin(pid);
    if (!process) {
        return process.failure();
    }
    return std::unique_ptr<Target>(std::make_unique<ProcessTarget>(*std::move(process)));
}

}  // namespace iopriority::service
