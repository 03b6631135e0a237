// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/call_limits.hpp"

#include <memory>
#include <string>
#include <utility>

#include "bus/sd_bus.hpp"
#include "service/guard.hpp"

namespace iopriority::service {

class CallLimits::WaitingCall final : public Request, public std::enable_shared_from_this<WaitingCall> {
 public:
    WaitingCall(CallLimits& limits, std::string_view sender, sd_bus_message* call, std::size_t size)
        : limits_(limits), sender_(sender), call_(sd_bus_message_ref(call)), unknown_(size) {
        limits_.unknown_ += unknown_;
    }
    ~WaitingCall() override {
        stop_waiting();
        if (call_) {
            static_cast<void>(sd_bus_reply_method_errorf(  // NOLINT(*-vararg)
                call_.get(), SD_BUS_ERROR_FAILED, "the service is being stopped: nothing was changed, call again"));
        }
    }

    void start() {
        if (!limits_.requests_.add(shared_from_this())) {
            return;
        }
        limits_.callers_.find(sender_, [weak = weak_from_this()](const Expected<Caller>& caller) {
            if (const auto self = weak.lock()) {
                auto step = [&] { self->found(caller); };
                guard(step, [&](const Failure& failure) { self->give_up(failure); });
            }
        });
    }
    [[nodiscard]] const std::string& bus_name() const override { return sender_; }
    void give_up(const Failure& why) override {
        const auto keep = shared_from_this();
        stop_waiting();
        limits_.answer(sender_, std::exchange(call_, nullptr).get(), why);
        limits_.requests_.remove(*this);
    }
    void take_up() {
        const auto keep = shared_from_this();
        auto place = *std::exchange(place_, std::nullopt);
        const auto call = std::exchange(call_, nullptr);
        limits_.admission_.hand_over(std::move(place), [&] { limits_.take_up_(call.get()); });
        limits_.requests_.remove(*this);  // only now: the request made from it exists
    }

 private:
    void found(const Expected<Caller>& caller) {
        limits_.unknown_ -= std::exchange(unknown_, 0);
        if (!caller) {
            give_up(caller.failure());
            return;
        }
        auto place = limits_.admission_.admit(caller->uid);
        if (!place) {
            limits_.log_.refused(caller->uid, place.failure().message);
            give_up(place.failure());
            return;
        }
        user_ = caller->uid;
        auto& waiting = limits_.waiting_[user_];
        waiting.calls.push_back(this);
        limits_.was_crowded_ = limits_.was_crowded_ || waiting.calls.size() > most_at_work;
        place_.emplace(*std::move(place));
        limits_.take_turn(user_, waiting);
    }
    void stop_waiting() {
        limits_.unknown_ -= std::exchange(unknown_, 0);
        if (place_) {
            limits_.waiting_.at(user_).calls.remove(this);
            place_.reset();
        }
    }

    CallLimits& limits_;
    std::string sender_;
    bus::MessagePtr call_;                   ///< null once it has been taken up or answered
    std::optional<Admission::Place> place_;  ///< while it is waiting for a turn
    std::size_t unknown_;                    ///< bytes, until it is known whose they are
    uid_t user_ = 0;
};

CallLimits::CallLimits(Loop& loop, Requests& requests, Admission& admission, BusCallers& callers, Outbox& outbox,
                       RefusalLog& log, std::function<void(sd_bus_message*)> take_up)
    : loop_(loop),
      requests_(requests),
      admission_(admission),
      callers_(callers),
      outbox_(outbox),
      log_(log),
      take_up_(std::move(take_up)) {}

std::optional<Failure> CallLimits::refuses(std::string_view sender) {
    const auto user = callers_.user_of(sender);
    auto why = user ? admission_.refuses(*user) : callers_.refuses(sender);
    if (user && why) {
        log_.refused(*user, why->message);
    }
    return why;
}

void CallLimits::answer(std::string_view sender, sd_bus_message* call, const Failure& why) {
    constexpr auto not_known = static_cast<uid_t>(-1);
    outbox_.refuse(callers_.user_of(sender).value_or(not_known), call, why);
}

bool CallLimits::refuse(std::string_view sender, sd_bus_message* call) {
    const auto why = refuses(sender);
    if (why) {
        answer(sender, call, *why);
    }
    return why.has_value();
}

bool CallLimits::ignore(std::string_view sender) {
    const auto user = callers_.user_of(sender);
    return user ? admission_.is_full(*user) && (log_.refused_again(*user) || refuses(sender))
                : callers_.refuses(sender).has_value();
}

bool CallLimits::is_too_much(std::string_view sender, std::size_t size) const {
    return !callers_.user_of(sender) && unknown_ + size > most_unknown &&
           (size > size_of_short || callers_.is_asked(sender));
}

void CallLimits::wait(std::string_view sender, sd_bus_message* call, std::size_t size,
                      const std::optional<Failure>& failure) {
    if (failure) {
        answer(sender, call, *failure);
    } else if (is_too_much(sender, size)) {
        answer(sender, call,
               {ErrorCode::limits_exceeded, "too many calls of new connections wait already: try again later"});
    } else {
        std::make_shared<WaitingCall>(*this, sender, call, size)->start();
    }
}

void CallLimits::go_on() {
    if (requests_.count() == 0 && std::exchange(was_crowded_, false)) {
        outbox_.trim_later();
    }
    for (auto& [user, waiting] : waiting_) {
        take_turn(user, waiting);
    }
}

void CallLimits::take_turn(uid_t user, Waiting& waiting) {
    if (waiting.calls.empty() || admission_.of(user) - waiting.calls.size() >= most_at_work) {
        waiting.turn = Source();
    } else if (!waiting.turn) {
        waiting.turn = loop_.each_turn(user, [this, user] { take_up(user); });
    }
}

void CallLimits::take_up(uid_t user) {
    auto& waiting = waiting_.at(user);
    if (!waiting.calls.empty()) {
        auto* const first = waiting.calls.front();
        waiting.calls.pop_front();
        first->take_up();
    }
    take_turn(user, waiting);
    std::erase_if(waiting_, [](const auto& each) { return each.second.calls.empty(); });
}

}  // namespace iopriority::service
