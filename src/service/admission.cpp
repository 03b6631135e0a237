// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/admission.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace iopriority::service {

namespace {

constexpr uid_t root = 0;

}  // namespace

Admission::Place::Place(std::shared_ptr<Counts> counts, uid_t uid) : counts_(std::move(counts)), uid_(uid) {
    auto& pool = counts_->of(uid_);
    ++pool.of_user[uid_];
    pool.places += uid_ == root ? 0 : 1;
}

Admission::Place& Admission::Place::operator=(Place&& other) noexcept {
    if (this != &other) {
        give_back();
        counts_ = std::move(other.counts_);
        uid_ = other.uid_;
    }
    return *this;
}

void Admission::Place::give_back() noexcept {
    const auto counts = std::exchange(counts_, nullptr);
    if (!counts) {
        return;
    }
    auto& pool = counts->of(uid_);
    pool.places -= uid_ == root ? 0 : 1;
    const auto mine = pool.of_user.find(uid_);
    if (--mine->second == 0) {
        pool.of_user.erase(mine);
    }
}

Expected<Admission::Place> Admission::admit(uid_t uid) {
    if (in_hand_ && in_hand_->uid_ == uid) {
        return *std::exchange(in_hand_, std::nullopt);
    }
    if (auto failure = refuses(uid)) {
        return *std::move(failure);
    }
    return Place(counts_, uid);
}

void Admission::hand_over(Place place, const std::function<void()>& function) {
    in_hand_.emplace(std::move(place));
    function();
    in_hand_.reset();
}

std::optional<Failure> Admission::refuses(uid_t uid) const {
    return is_full(uid) ? std::optional(refusal(uid)) : std::nullopt;
}

unsigned Admission::most_of_pool(uid_t uid) const {
    return uid < first_subordinate ? limits_.in_all : limits_.in_all / 2;
}

unsigned Admission::share(uid_t uid) const {
    if (uid == root) {
        return limits_.of_user;
    }
    const auto& users = counts_->of(uid).of_user;
    const unsigned free = std::min(limits_.in_all - counts_->places(), most_of_pool(uid) - counts_->of(uid).places);
    const auto asking = static_cast<unsigned>(users.size() - users.count(root));
    return std::clamp(free / (asking + 1), std::min(free, 1U), limits_.of_user);
}

Failure Admission::refusal(uid_t uid) const {
    const unsigned mine = of(uid);
    const std::string what = limits_.what;
    if (mine == 0) {
        const bool all = counts_->places() >= limits_.in_all;
        return {ErrorCode::limits_exceeded,
                std::to_string(all ? counts_->places() : counts_->of(uid).places) + " " + what + " of all users" +
                    (all ? "" : " with ids from " + std::to_string(first_subordinate) + " on") +
                    " are there already, of at most " + std::to_string(all ? limits_.in_all : most_of_pool(uid)) +
                    ": try again later"};
    }
    const auto mine_already = std::to_string(mine) + " " + what + " of user " + std::to_string(uid) +
                              " are there already, of at most " + std::to_string(limits_.of_user);
    const bool shrunk = share(uid) < limits_.of_user;
    return {ErrorCode::limits_exceeded,
            mine_already +
                (shrunk ? ", and fewer while " + std::to_string(counts_->of(uid).of_user.size() - 1) +
                              " other users have some"
                        : "") +
                ": " + limits_.advice};
}

unsigned Admission::of(uid_t uid) const {
    const auto& users = counts_->of(uid).of_user;
    const auto mine = users.find(uid);
    return mine == users.end() ? 0 : mine->second;
}

unsigned Admission::in_all() const {
    return counts_->places() + of(root);
}

}  // namespace iopriority::service
