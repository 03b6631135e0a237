// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What is so after each step, and at the end.
#include <algorithm>

#include "world.hpp"

namespace iopriority::simulation {

namespace {

constexpr Moment second = 1'000'000'000;
// nobody_answered() comes after five minutes.
constexpr Moment longest_question = 310 * second;
constexpr Moment longest_stop = second;

}  // namespace

void World::check_calls() {
    for (auto each = live_.begin(); each != live_.end();) {
        auto& call = **each;
        if (!call.under_way()) {
            oracle_.gone(call);
            each = live_.erase(each);
            continue;
        }
        const bool waits = call.asked && call.answers == 0 && !call.asked->granted;
        oracle_.expect(!waits || kernel_.tasks.now < call.asked->at + longest_question,
                       [&] { return call.text() + " waits for polkit without end"; });
        oracle_.expect(call.questions <= 1, [&] { return "polkit is asked twice for " + call.text(); });
        ++each;
    }
}

void World::check_counts(std::size_t under_way) {
    const auto& service = *daemon_;
    oracle_.expect(service.requests.count() == under_way, "not as many requests as are under way are counted");
    oracle_.expect(service.admission.in_all() <= under_way,
                   "more places for requests are taken than there are requests");
    oracle_.expect(service.settling.in_all() <= under_way, "more places to settle are taken than there are requests");
    oracle_.expect(service.questions.in_all() <= under_way + service.polkit.taken_back(),
                   "more places for questions are taken than there are questions");
    std::erase_if(held_, [](const Call* call) { return !call->held; });
    oracle_.expect(service.holds.count() == held_.size(), "not as many holds are counted as there are");
    for (const auto uid : users_) {
        oracle_.expect(service.admission.of(uid) <= service::Admission::requests.of_user &&
                           service.questions.of(uid) <= service::Admission::questions.of_user &&
                           service.settling.of(uid) <= service::Admission::settling.of_user,
                       [&] { return "user " + std::to_string(uid) + " has more than his share"; });
    }
}

bool World::check() {
    oracle_.expect(loop_.unfair().empty(), [&] { return loop_.unfair(); });
    oracle_.expect(daemon_->polkit.broken().empty(), [&] { return daemon_->polkit.broken(); });
    oracle_.expect(!stopped_ || loop_.has_quit() || kernel_.tasks.now < *stopped_ + longest_stop,
                   "the service does not end in a second");
    check_calls();
    if (!loop_.has_quit()) {
        check_counts(live_.size());
    }
    return oracle_.broken().empty();
}

// Everybody leaves; the service is done with all of it, and exits since nobody calls any more.
bool World::end() {
    calm_ = true;
    loop_.bus_takes = true;
    for (auto& connection : connections_) {
        leave(connection);
    }
    constexpr unsigned most = 200'000;
    unsigned turns = 0;
    while (check() && (stopped_ || !late_.empty() || !loop_.has_quit())) {
        if (loop_.has_quit()) {
            service_ended();
        }
        bool more = loop_.turn();
        if (!daemon_->callers.empty()) {
            daemon_->callers.answer(choices_);
            more = true;
        }
        more = more || daemon_->polkit.taken_back() > 0;
        daemon_->polkit.catch_up();
        more = more || loop_.wait();
        oracle_.expect(more, "the service does not exit");
        oracle_.expect(++turns < most, "there is no end");
    }
    if (!check()) {
        return false;
    }
    while (daemon_->polkit.taken_back() > 0) {  // it may come to them only after the service would have exited
        daemon_->polkit.catch_up();
    }
    const auto& service = *daemon_;
    oracle_.expect(live_.empty(), "somebody was not answered");
    oracle_.expect(service.admission.in_all() == 0, "places for requests are still taken");
    oracle_.expect(service.questions.in_all() == 0, "places for questions are still taken");
    oracle_.expect(service.settling.in_all() == 0, "places to settle are still taken");
    oracle_.expect(service.holds.under_way() == 0, "holds are left");
    oracle_.expect(kernel_.open_descriptors() == 0, [&] { return kernel_.text_of_open() + " is still open"; });
    const auto& stored = kernel_.files();
    oracle_.expect(stored.empty(), [&] {
        return "states of holds are still stored, such as " + stored.rbegin()->first + ":\n" + stored.rbegin()->second;
    });
    oracle_.at_end();
    return oracle_.broken().empty();
}

}  // namespace iopriority::simulation
