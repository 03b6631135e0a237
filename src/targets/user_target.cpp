// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// All processes of a user as a target.
///
/// The kernel's own user-wide call misses nothing under a fork storm, while a walk of /proc does; but for uid 0 it
/// would set kthreadd and all kernel threads, so there the walk alone sets, and leaves kernel threads and process 1
/// alone.
#include <optional>
#include <utility>

#include "kernel/users.hpp"
#include "targets/target.hpp"

namespace iopriority::targets {

namespace {

class UserTarget final : public Target {
 public:
    explicit UserTarget(uid_t uid) : uid_(uid) {}

    Expected<std::vector<kernel::Owner>> owners() override {
        if (!kernel::user_has_tasks(uid_)) {
            return nobody();
        }
        return std::vector<kernel::Owner>{{uid_, false}};
    }

    TargetName name() override { return {0, {}, uid_, user_text(uid_), TargetName::Kind::user, {}}; }

    Expected<std::monostate> begin(Priority wanted, Admits /*admits*/) override {
        const auto highest = kernel::highest_of_user(uid_);
        before_ = highest ? highest->to_string() : "unknown";
        setter_.emplace(uid_, wanted);
        return std::monostate{};
    }

    bool step() override { return setter_->step(); }
    bool restless() const override { return false; }
    void again() override {}
    std::string before() const override { return before_; }
    bool touched() const override { return setter_ && setter_->touched(); }
    bool covers(pid_t /*pid*/, uid_t uid) const override { return uid == uid_; }

    Expected<Outcome> result() override {
        if (setter_->failure()) {
            const auto& failure = *setter_->failure();
            return touched() ? Failure{ErrorCode::partially_applied, failure.message} : failure;
        }
        if (setter_->refused() > 0) {
            return refused_by_kernel(user_text(uid_), setter_->threads(), setter_->refused(), setter_->refusal());
        }
        if (setter_->outrun()) {
            return outrun(user_text(uid_), setter_->threads());
        }
        if (setter_->threads() == 0) {
            return nobody();
        }
        return Outcome{setter_->processes(), setter_->threads()};
    }

 private:
    [[nodiscard]] Failure nobody() const { return {ErrorCode::no_such_process, user_text(uid_) + " has no process"}; }

    uid_t uid_;
    std::string before_;
    std::optional<kernel::UserSetter> setter_;
};

}  // namespace

std::unique_ptr<Target> user_target(uid_t uid) {
    return std::make_unique<UserTarget>(uid);
}

}  // namespace iopriority::targets
