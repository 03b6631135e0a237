// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/set_request.hpp"

#include <algorithm>
#include <chrono>

#include "process/boot_clock.hpp"
#include "service/prompt.hpp"
#include "values/text.hpp"

namespace iopriority::service {

namespace {

using engine::Job;
using policy::Action;
using policy::Grant;

// A dialog that nobody answers must not keep its place for ever.
constexpr auto time_for_an_answer = std::chrono::minutes(5);
// In a dialog, and in the details for polkit rules.
constexpr std::size_t most_users_told = 64;

}  // namespace

void SetRequest::target_found(engine::Target target) {
    job_ = std::make_unique<Job>(std::move(target), order_, caller().uid);
    job_->begin_look();
    in_slices([this] { return job_->look_step(); }, [this] { decide(); });
}

void SetRequest::decide() {
    const auto look = job_->looked();
    if (!look) {
        fail(look.failure());
        return;
    }
    look_ = *look;
    if (look_.needed == Action::none) {
        apply(grant());
    } else {
        authorize();
    }
}

void SetRequest::authorize() {
    auto place = parts().questions.admit(caller().uid);
    if (!place) {
        parts().refusals.refused(caller().uid, place.failure().message);
        fail(place.failure());
        return;
    }
    question_place_ = std::make_shared<const Admission::Place>(*std::move(place));
    for (const uid_t owner : look_.needing) {
        if (owner_names_.size() < most_users_told) {
            owner_names_.emplace(owner, std::nullopt);
        }
    }
    names_to_come_ = owner_names_.size();
    for (auto& [owner, name] : owner_names_) {
        parts().names.find(owner, [weak = weak_from_this(), this, &name = name](const auto& found) {
            if (const auto self = weak.lock(); self && question_place_) {
                guarded([&] {
                    name = found;
                    if (--names_to_come_ == 0) {
                        ask();
                    }
                });
            }
        });
    }
}

// "root", "bob, root"
std::string SetRequest::owners() const {
    const auto name_of = [](const auto& owner) { return owner.second.value_or(std::to_string(owner.first)); };
    return values::joined(owner_names_, ", ", name_of) + (is_cut() ? ", ..." : "");
}

void SetRequest::ask() {
    after(time_for_an_answer, [this] { nobody_answered(); });
    check_ = parts().authority.check(
        question(), [this](const policy::Answer& answer) { guarded([&] { answered(answer); }); }, question_place_);
}

void SetRequest::nobody_answered() {
    fail({ErrorCode::authority_unavailable,
          whose(job_->name(), owners()) + ": nobody has answered polkit's dialog within " +
              std::to_string(time_for_an_answer.count()) + " minutes: nothing was changed, call again"});
}

policy::Question SetRequest::question() {
    const auto name = job_->name();
    told_program_ = name.descendants ? name.named : name.program;
    policy::Question question{look_.needed, call().bus_name, call().may_ask_a_person, {}, {}};
    question.prompt = prompt(name);
    // A rule that denies by name must see that one is missing.
    const bool all_named =
        std::all_of(owner_names_.begin(), owner_names_.end(), [](const auto& owner) { return bool(owner.second); });
    question.details = details(name, owners() + (all_named || is_cut() ? "" : ", ..."));
    question.details.insert({{"priority", in_words(order_.wanted)},
                             {"kind", to_string(spec().kind)},
                             {"hold", duration_ == For::a_hold ? "true" : "false"},
                             {"io-class", std::string(to_string(order_.wanted.io_class()))},
                             {"level", std::to_string(order_.wanted.level())},
                             {"caller-uid", std::to_string(caller().uid)}});
    return question;
}

void SetRequest::answered(const policy::Answer& answer) {
    const auto check = std::move(check_);  // its handler is running: it must outlive this call
    question_place_.reset();
    if (answer.verdict != policy::Verdict::granted) {
        const auto why = not_authorized(answer);
        // If polkit would ask, nothing is decided yet: programs try this before they ask a person.
        if (answer.verdict != policy::Verdict::would_ask) {
            log(ChangeRecord::Event::refused, why);
        }
        fail(why);
        return;
    }
    job_->begin_look();
    in_slices([this] { return job_->look_step(); }, [this] { look_again(); });
}

// Checks that the target is still the one that polkit was asked about.
void SetRequest::look_again() {
    const auto look = job_->looked();
    const auto name = job_->name();
    if (!look) {
        fail(look.failure());
    } else if (name.pid != 0 && (name.descendants ? name.named : name.program) != told_program_) {
        fail(engine::became_another(name.text));
    } else {
        apply(grant());
    }
}

// What polkit has allowed, and no more: the owners that it was asked about. It allows root everything.
Grant SetRequest::grant() const {
    if (caller().uid == 0) {
        return Grant::everything(0);
    }
    if (look_.needed != Action::none) {
        return Grant::given(caller().uid, look_.needed, look_.needing);
    }
    return job_->is_of_user() ? Grant::own_user(caller().uid) : Grant::own(caller().uid);
}

Failure SetRequest::not_authorized(const policy::Answer& answer) const {
    const auto priority = order_.wanted == Priority::none() ? "\"none\"" : to_string(order_.wanted.io_class());
    return refusal(whose(job_->name(), owners()) + ": " + std::string(priority) + " needs " + policy::id(look_.needed),
                   answer, call().may_ask_a_person);
}

void SetRequest::apply(Grant grant) {
    if (duration_ == For::a_hold) {
        auto beginning = parts().holds.begin(caller().uid, order_.wanted, grant);
        if (!beginning) {
            fail(beginning.failure());
            return;
        }
        beginning_ = *std::move(beginning);
    }
    const auto own_of = [this](const process::ProcessKey& key) {
        restorations_ = parts().holds.restorations();
        turn_began_ = process::ticks_since_boot();
        newest_ = Holds::every_hold;
        return parts().holds.own_of(key);
    };
    auto finished = [this](const auto& key, const auto& tids, bool all) { return overrule(key, tids, all); };
    const auto swept = [this] { newest_ = parts().holds.newest(); };
    job_->begin(std::move(grant), beginning_.get(), own_of, beginning_ ? Job::Finished() : std::move(finished), swept);
    applying_ = true;
    work();
}

void SetRequest::work() {
    const auto progress = std::make_shared<Job::Progress>();
    in_slices([this, progress] { return (*progress = job_->step()) != Job::Progress::more; },
              [this, progress] {
                  if (*progress == Job::Progress::done) {
                      verify();
                      return;
                  }
                  constexpr auto moment = std::chrono::milliseconds(1);
                  after(*progress == Job::Progress::settle ? engine::settle_delay : moment, [this] { work(); });
              });
}

void SetRequest::verify() {
    const auto outcome = job_->result();
    if (beginning_ && !outcome) {
        // Nothing of a failed hold stays applied, not even a part.
        auto why = outcome.failure();
        why.code = why.code == ErrorCode::partially_applied ? ErrorCode::failed : why.code;
        undo({why.code, why.message + "; everything was restored"});
        return;
    }
    if (job_->changed_any()) {
        log(beginning_ ? ChangeRecord::Event::hold : ChangeRecord::Event::set, outcome);
    }
    finish(outcome);
}

// Somebody wants this permanently, even if nothing had to be changed. A hold that ends meanwhile may have taken it back
// before it was overruled.
bool SetRequest::overrule(const process::ProcessKey& key, const std::vector<pid_t>& tids, bool all) {
    auto& holds = parts().holds;
    auto tell = [&] { holds.overruled(key, tids, order_.wanted, all, turn_began_, newest_); };
    guard(tell, [](const Failure&) {});
    const auto before = std::exchange(restorations_, holds.restorations());
    return before != restorations_;
}

// A hold applies as a whole or not at all.
void SetRequest::undo(const Failure& why) {
    beginning_->undo([weak = weak_from_this(), this, why] {
        if (const auto self = weak.lock()) {
            fail(why);
        }
    });
}

void SetRequest::log(ChangeRecord::Event event, const Expected<Changed>& outcome) {
    auto write = [&] {
        ChangeRecord record{event, caller()};
        if (parts().log.tells(caller().uid)) {
            record.target = job_->name();
        }
        record.before = event == ChangeRecord::Event::refused ? "" : job_->before();
        record.after = order_.wanted.to_string();
        record.action = look_.needed;
        if (outcome) {
            record.processes = outcome->processes;
            record.threads = outcome->threads;
        } else {
            record.result = outcome.failure().message;
        }
        parts().log.write(record);
    };
    guard(write, [](const Failure&) {});  // what was done stays done, even if it cannot be logged
}

void SetRequest::finish(const Expected<Changed>& outcome) {
    if (!outcome) {
        fail(outcome.failure());
        return;
    }
    Done done{*outcome, nullptr};
    if (beginning_) {
        auto hold = beginning_->commit(job_->name());
        if (!hold) {
            undo(hold.failure());
            return;
        }
        done.hold = std::make_shared<process::UniqueFd>(*std::move(hold));
    }
    reply_.send(done);
    StepwiseRequest::answered();
    auto place = job_->settle_pays() ? parts().settling.admit(caller().uid) : Expected<Admission::Place>(Failure{});
    if (!place) {
        end();
        return;
    }
    settle_place_.emplace(*std::move(place));
    after(engine::settle_delay, [this] {
        job_->begin_settle();
        // Where the hold has ended meanwhile, a new thread has what it must have.
        in_slices([this] { return (beginning_ && !beginning_->lasts()) || job_->settle_step(); }, [this] { end(); });
    });
}

void SetRequest::fail(const Failure& why) {
    check_.reset();
    question_place_.reset();
    beginning_.reset();
    reply_.send(why);
    end();
}

}  // namespace iopriority::service
