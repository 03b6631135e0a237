// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// All processes of a user as a target.
///
/// The kernel's own user-wide call misses nothing under a fork storm, while a walk of /proc does; but for uid 0 it
/// would set kthreadd and all kernel threads, so there the walk alone sets, and leaves kernel threads and process 1
/// alone.
#include <chrono>
#include <optional>
#include <utility>

#include "kernel/syscalls.hpp"
#include "kernel/threads.hpp"
#include "kernel/users.hpp"
#include "service/target.hpp"

namespace iopriority::service {

namespace {

class UserTarget final : public Target {
 public:
    explicit UserTarget(uid_t uid) : uid_(uid) {}

    Expected<std::vector<kernel::Owner>> look() override {
        if (!kernel::user_has_tasks(uid_)) {
            return nobody();
        }
        return std::vector<kernel::Owner>{{uid_, false}};
    }

    TargetName name() override { return {0, {}, uid_}; }

    Expected<std::monostate> begin(Priority wanted) override {
        const auto highest = kernel::highest_of_user(uid_);
        before_ = highest ? highest->to_string() : "unknown";
        setter_.emplace(uid_, wanted);
        return std::monostate{};
    }

    bool step() override { return setter_->step(); }
    bool restless() const override { return false; }
    void again() override {}
    bool late_look_pays() const override { return false; }
    void begin_late_look() override {}
    std::string before() const override { return before_; }
    void undo() override {}
    bool touched() const override { return setter_ && setter_->touched(); }

    Expected<Outcome> result() override {
        if (setter_->failure()) {
            return *setter_->failure();
        }
        if (setter_->refused() > 0) {
            return refused_by_kernel(name().text(), setter_->threads(), setter_->refused(), setter_->refusal());
        }
        if (setter_->outrun()) {
            return Failure{ErrorCode::partially_applied,
                           name().text() + " starts processes faster than they can be set: " +
                               std::to_string(setter_->threads()) + " threads are as wanted, others may not be"};
        }
        if (setter_->threads() == 0) {
            return nobody();
        }
        return Outcome{setter_->processes(), setter_->threads()};
    }

 private:
    [[nodiscard]] Failure nobody() const { return {ErrorCode::no_such_process, name_of_user() + " has no process"}; }
    [[nodiscard]] std::string name_of_user() const { return "user " + std::to_string(uid_); }

    uid_t uid_;
    std::string before_;
    std::optional<kernel::UserSetter> setter_;
};

}  // namespace

Expected<std::unique_ptr<Target>> pin_user(uid_t uid) {
    return std::unique_ptr<Target>(std::make_unique<UserTarget>(uid));
}

}  // namespace iopriority::service
