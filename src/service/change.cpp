// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/change.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "service/prompt.hpp"
#include "values/text.hpp"

namespace iopriority::service {

namespace {

using authorization::Action;
using authorization::Verdict;

// As much as is done without looking whether others wait: a call on a usual process is served in one go.
constexpr auto slice_time = std::chrono::milliseconds(1);
// A clone that was under way during the first round has appeared by then (measured: none was ever later).
constexpr auto second_round_delay = std::chrono::milliseconds(20);

// Each holds descriptors of its process for the delay; beyond these it is left out.
constexpr std::size_t most_late_looks = 256;

std::string user_name(uid_t uid) {
    std::vector<char> buffer(16384);
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
        return std::to_string(uid);
    }
    return values::sanitised(found->pw_name);
}

/// "process 812 (rsync) belongs to root", "user 0 (root)"
std::string whose(const targets::TargetName& name) {
    using Kind = targets::TargetName::Kind;
    const std::string owner = name.uid ? user_name(*name.uid) : "several users";
    if (name.kind == Kind::user || name.kind == Kind::unset_of_user) {
        const bool named = name.uid && owner != std::to_string(*name.uid);
        return name.text + (named ? " (" + owner + ")" : "");
    }
    return name.text + (name.kind == Kind::tree ? " belong to " : " belongs to ") + owner;
}

}  // namespace

Change::Change(const Parts& parts, Call call, Priority wanted, Pin pin, Answer<targets::Outcome> answer)
    : parts_(parts), call_(std::move(call)), wanted_(wanted), pin_(std::move(pin)), answer_(std::move(answer)) {}

// Whatever goes wrong in a step, the caller gets an error and the service lives.
template <typename Step>
void Change::guarded(Step step) {
    const auto keep = shared_from_this();
    guard(step, [this](const Failure& failure) { finish(failure); });
}

void Change::start() {
    guarded([this] {
        parts_.requests.add(shared_from_this());
        parts_.callers.find(call_.bus_name, [weak = weak_from_this()](const Expected<Caller>& caller) {
            const auto self = weak.lock();
            if (!self || self->answered_) {
                return;
            }
            self->guarded([&] {
                if (caller) {
                    self->caller_found(*caller);
                } else {
                    self->finish(caller.failure());
                }
            });
        });
    });
}

void Change::caller_found(const Caller& caller) {
    caller_ = caller;
    auto target = pin_(caller_);
    if (!target) {
        finish(target.failure());
        return;
    }
    target_ = *std::move(target);
    look();
}

void Change::look() {
    target_->begin_look();
    in_slices(&targets::Target::look_step, authorized_ ? &Change::looked_again : &Change::decide);
}

void Change::in_slices(bool (targets::Target::*step)(), void (Change::*then)()) {
    const auto end = std::chrono::steady_clock::now() + slice_time;
    bool ended = false;
    do {
        ended = (*target_.*step)();
    } while (!ended && std::chrono::steady_clock::now() < end);
    if (ended) {
        timer_.reset();
        (this->*then)();
    } else if (!timer_) {
        timer_ = parts_.loop.each_turn([this, step, then] { guarded([=, this] { in_slices(step, then); }); });
    }
}

Action Change::strictest(const std::vector<kernel::Owner>& owners) const {
    Action strictest = Action::none;
    for (const auto& owner : owners) {
        strictest = std::max(strictest, authorization::required(authorization::is_own(caller_.uid, owner), wanted_));
    }
    return strictest;
}

void Change::decide() {
    const auto owners = target_->owners();
    if (!owners) {
        finish(owners.failure());
        return;
    }
    action_ = strictest(*owners);
    if (action_ == Action::none) {
        apply();
    } else {
        authorize();
    }
}

void Change::authorize() {
    auto place = parts_.requests.place(caller_.uid);
    if (!place) {
        finish(place.failure());
        return;
    }
    place_ = *std::move(place);
    check_ = parts_.authority.check(
        question(), [this](const authorization::Answer& answer) { guarded([&] { answered(answer); }); }, place_);
}

authorization::Question Change::question() {
    const targets::TargetName name = target_->name();
    authorization::Question question{action_, call_.bus_name, call_.may_ask_a_person, {}, {}};
    question.prompt = prompt(name);
    question.details = details(name, name.uid ? user_name(*name.uid) : "");
    question.details.insert({{"io-class", std::string(to_string(wanted_.io_class()))},
                             {"level", std::to_string(wanted_.level())},
                             {"caller-uid", std::to_string(caller_.uid)}});
    return question;
}

void Change::answered(const authorization::Answer& answer) {
    const auto check = std::move(check_);  // its handler is being called: it must outlive this
    place_.reset();
    if (answer.verdict != Verdict::granted) {
        finish(not_authorized(answer));
        return;
    }
    authorized_ = true;
    look();
}

Failure Change::not_authorized(const authorization::Answer& answer) {
    const std::string needs = whose(target_->name()) + ": " + std::string(to_string(wanted_.io_class())) + " needs " +
                              authorization::id(action_);
    switch (answer.verdict) {
        case Verdict::dismissed:
            return {ErrorCode::dismissed, needs + ", and the dialog was dismissed"};
        case Verdict::would_ask:
            return {
                ErrorCode::interaction_required,
                needs + (answer.why.empty() ? ", which takes a password: allow interactive authorization with the call"
                                            : ", which takes a password: " + answer.why)};
        case Verdict::unavailable:
            return {ErrorCode::authority_unavailable,
                    needs + ", and polkit does not answer: " + values::sanitised(answer.why)};
        case Verdict::denied:
        case Verdict::granted:
            break;
    }
    // polkit does not tell which of the two it was.
    return {ErrorCode::access_denied,
            needs + ", which polkit refused" + (call_.may_ask_a_person ? " (a wrong password, or a rule)" : "")};
}

void Change::looked_again() {
    const auto owners = target_->owners();
    if (!owners) {
        finish(owners.failure());
    } else if (strictest(*owners) > action_) {
        finish(targets::became_another(target_->name().text));
    } else {
        apply();
    }
}

void Change::apply() {
    const auto begun =
        target_->begin(wanted_, [uid = caller_.uid, wanted = wanted_, given = action_](const kernel::Owner& owner) {
            return authorization::required(authorization::is_own(uid, owner), wanted) <= given;
        });
    if (!begun) {
        finish(begun.failure());
        return;
    }
    applying_ = true;
    in_slices(&targets::Target::step, &Change::round_ended);
}

void Change::round_ended() {
    if (target_->restless() && !second_round_) {
        second_round_ = true;
        timer_ = parts_.loop.after(second_round_delay, [this] {
            guarded([this] {
                timer_.reset();
                target_->again();
                in_slices(&targets::Target::step, &Change::round_ended);
            });
        });
        return;
    }
    verify();
}

void Change::verify() {
    const auto outcome = target_->result();
    auto tell = [&] {
        // Somebody wants it so for good: also where nothing had to be changed, but not where all was put back.
        const bool partly = !outcome && outcome.failure().code == ErrorCode::partially_applied && target_->touched();
        if ((outcome || partly) && parts_.changed) {
            parts_.changed(*target_);
        }
        log(outcome);
    };
    guard(tell, [](const Failure&) {});  // what was done is done, also where it cannot be noted
    finish(outcome);
}

void Change::log(const Expected<targets::Outcome>& outcome) {
    if (!target_->touched()) {
        return;
    }
    auto name = parts_.log.tells(caller_.uid) ? target_->name() : targets::TargetName{};
    ChangeRecord record{caller_, std::move(name), target_->before(), wanted_.to_string(), action_, "ok", 0, 0};
    if (outcome) {
        record.processes = outcome->processes;
        record.threads = outcome->threads;
    } else {
        record.result = outcome.failure().message;
    }
    parts_.log.write(record);
}

void Change::finish(const Expected<targets::Outcome>& outcome) {
    if (std::exchange(answered_, true)) {
        end();
        return;
    }
    const auto keep = shared_from_this();
    timer_.reset();
    check_.reset();
    place_.reset();
    answer_.send(outcome);
    if (outcome && target_->late_look_pays() && parts_.requests.count() < most_late_looks) {
        timer_ = parts_.loop.after(second_round_delay, [this] { guarded([this] { look_late(); }); });
    } else {
        end();
    }
}

void Change::look_late() {
    timer_.reset();
    target_->begin_late_look();
    in_slices(&targets::Target::step, &Change::end);
}

void Change::end() {
    const auto keep = shared_from_this();
    timer_.reset();
    parts_.requests.remove(*this);
}

void Change::give_up(const Failure& why) {
    if (!answered_ && !applying_) {
        finish(why);
    }
}

}  // namespace iopriority::service
