// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/user_names.hpp"

#include <pwd.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include "service/helper_thread.hpp"
#include "values/text.hpp"

namespace iopriority::service {

// Shared by the loop and the helper. The helper keeps it for as long as it is stuck.
struct UserNames::Shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<uid_t> wanted;
    std::optional<Clock::time_point> busy_since;
    bool ended = false;
    UserNames* names = nullptr;  // of the loop alone: null once it has ended

    std::optional<uid_t> next() {
        std::unique_lock lock(mutex);
        busy_since.reset();
        changed.wait(lock, [this] { return ended || !wanted.empty(); });
        if (ended) {
            return std::nullopt;
        }
        busy_since = Clock::now();
        const uid_t uid = wanted.front();
        wanted.pop_front();
        return uid;
    }

    static void work(const std::shared_ptr<Shared>& shared, const LookUp& look_up) noexcept {
        while (const auto uid = shared->next()) {
            std::optional<std::string> name;
            try {
                name = look_up(*uid);
            } catch (...) {  // out of memory: no name
                name.reset();
            }
            Loop::from_any_thread([shared, uid = *uid, name] {
                if (shared->names != nullptr) {
                    shared->names->found(uid, name);
                }
            });
        }
    }
};

std::optional<std::string> UserNames::from_system(uid_t uid) {
    std::vector<char> buffer(16384);
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0) {
        return std::nullopt;
    }
    return found != nullptr ? found->pw_name : std::to_string(uid);
}

UserNames::UserNames(Loop& loop, std::chrono::milliseconds limit, LookUp look_up)
    : loop_(loop), limit_(limit), look_up_(std::move(look_up)), shared_(std::make_shared<Shared>()) {
    shared_->names = this;
}

UserNames::~UserNames() {
    shared_->names = nullptr;
    const std::scoped_lock lock(shared_->mutex);
    shared_->ended = true;
    shared_->changed.notify_all();
}

std::optional<std::string> UserNames::known(uid_t uid) const {
    const auto found = remembered_.find(uid);
    if (found == remembered_.end() || found->second.until <= Clock::now()) {
        return std::nullopt;
    }
    return found->second.name;
}

void UserNames::find(uid_t uid, Handler handler) {
    if (const auto name = known(uid)) {
        handler(*name);
        return;
    }
    auto asked = asked_.find(uid);
    if (asked == asked_.end()) {
        if (!ask(uid)) {
            handler(std::nullopt);
            return;
        }
        asked = asked_.emplace(uid, Asked{{}, loop_.after(limit_, [this, uid] { answer(uid, std::nullopt); })}).first;
    }
    asked->second.handlers.push_back(std::move(handler));
}

// False if asking is useless: the helper is stuck or overloaded, or there is none.
bool UserNames::ask(uid_t uid) {
    const std::scoped_lock lock(shared_->mutex);
    const bool stuck = shared_->busy_since && Clock::now() - *shared_->busy_since > limit_;
    if (stuck || shared_->wanted.size() >= most_waiting) {
        return false;
    }
    if (!started_) {
        started_ = start_helper([shared = shared_, look_up = look_up_] { Shared::work(shared, look_up); });
    }
    if (started_) {
        shared_->wanted.push_back(uid);
        shared_->changed.notify_one();
    }
    return started_;
}

void UserNames::found(uid_t uid, const std::optional<std::string>& raw) {
    const auto name = raw ? std::optional(values::sanitised(*raw)) : std::nullopt;
    if (name) {
        remember(uid, *name);
    }
    answer(uid, name);
}

// The cache is bounded: drops expired entries first, then the one that expires next.
void UserNames::remember(uid_t uid, std::string name) {
    const auto now = Clock::now();
    if (remembered_.size() >= most_remembered && !remembered_.contains(uid)) {
        std::erase_if(remembered_, [now](const auto& each) { return each.second.until <= now; });
        if (remembered_.size() >= most_remembered) {
            remembered_.erase(
                std::min_element(remembered_.begin(), remembered_.end(),
                                 [](const auto& a, const auto& b) { return a.second.until < b.second.until; }));
        }
    }
    remembered_.insert_or_assign(uid, Remembered{std::move(name), now + remembered});
}

// Whether in time or not: a later request asks again.
void UserNames::answer(uid_t uid, const std::optional<std::string>& name) {
    const auto asked = asked_.extract(uid);
    if (asked.empty()) {
        return;  // it had timed out
    }
    for (const auto& handler : asked.mapped().handlers) {
        handler(name);
    }
}

}  // namespace iopriority::service
