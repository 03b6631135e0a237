// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "engine/job.hpp"

#include <algorithm>
#include <utility>

namespace iopriority::engine {

namespace {

constexpr unsigned first_round = 1;
constexpr unsigned most_scans = 16;

// For a user, the table decides without looking at threads, unless it depends on whether any are privileged.
bool looks_by_table(const Target& target, const Order& order, uid_t caller) {
    const bool realtime_for_oneself =
        target.threads_of == caller && caller != 0 && order.wanted.io_class() == PriorityClass::realtime;
    return target.threads_of && !order.kernel_judges && !realtime_for_oneself;
}

}  // namespace

Job::Job(Target target, Order order, uid_t caller)
    : walk_(std::move(target)),
      order_(order),
      looker_(walk_, order.wanted, caller, looks_by_table(walk_.target(), order, caller)) {}

Expected<Look> Job::looked() const {
    auto look = looker_.result();
    return look && looker_.has_changed_hands() ? Expected<Look>(became_another(name().text)) : look;
}

// ---- set

void Job::begin(policy::Grant grant, Recorder* recorder, OwnOf own_of, Finished finished, std::function<void()> swept) {
    grant_ = std::move(grant);
    recorder_ = recorder;
    own_of_ = std::move(own_of);
    finished_ = std::move(finished);
    on_sweep_ = std::move(swept);
    round_ = first_round;
    walk_.begin_round();
    begin_stage(recorder_ != nullptr ? Stage::recording : Stage::setting);
}

void Job::begin_stage(Stage stage) {
    stage_ = stage;
    new_ones_changed_ = false;
    // If the reply reports what was there before, each thread is looked at first.
    const bool may_sweep = !order_.tells_left_alone || walk_.scans() > 0;
    if (stage_ == Stage::setting && may_sweep && !std::exchange(sweep_tried_, true)) {
        swept_first_ = walk_.scans() == 0;
        sweep();
        if (swept_ && !swept_first_ && finished_) {
            on_sweep_();
            stage_ = Stage::telling;
            next_member_ = members_.begin();
        }
    }
}

// A sweep after the first scan has set these once more, also where a hold has begun since their turn. (One in a step:
// whoever is told may have to look for many ancestors.)
void Job::tell_again() {
    if (next_member_ == members_.end()) {
        stage_ = Stage::setting;
    } else {
        static_cast<void>(tell((next_member_++)->second));
    }
}

bool Job::tell(const Member& member) const {
    const bool all = !member.gave_up && member.tally.left_out() == 0;
    return finished_ && !member.gone && !member.as_wanted.empty() && finished_(member.key, member.as_wanted, all);
}

Job::Progress Job::step() {
    switch (stage_) {
        case Stage::recording:
            if (recording_ && !recorder_->may_look_at(walk_.open().key)) {
                return Progress::wait;
            }
            record();
            return failure_ ? end_of_round() : Progress::more;
        case Stage::telling:
            tell_again();
            return Progress::more;
        case Stage::setting:
            return setter_ ? set() : go_on();
        case Stage::undoing:
            undo();
            return stage_ == Stage::idle ? Progress::done : Progress::more;
        case Stage::idle:
            break;
    }
    return Progress::done;
}

Judge Job::judge() {
    const auto& of = walk_.target().threads_of;
    const bool all = grant_.admits_everything() && !of;
    if (all && recorder_ == nullptr) {
        return {};
    }
    return [this, all, &threads = *walk_.open().threads, key = walk_.open().key](pid_t tid) {
        if (recorder_ != nullptr && recorder_->is_overlaid(key, tid)) {
            return Standing::overlaid;
        }
        if (all) {
            return Standing::admitted;
        }
        const auto credentials = threads.credentials(tid);
        if (!credentials) {
            return credentials.failure().code == ErrorCode::no_such_process ? Standing::gone : Standing::privileged;
        }
        return standing_of(*credentials);
    };
}

Standing Job::standing_of(const process::Credentials& credentials) const {
    const auto& of = walk_.target().threads_of;
    if (of && credentials.real_uid != *of) {
        return Standing::outside;
    }
    if (grant_.admits(credentials, order_.wanted)) {
        return Standing::admitted;
    }
    return grant_.admits({credentials.real_uid, false}, order_.wanted) ? Standing::privileged : Standing::joined;
}

// Goes on to the next process.
Job::Progress Job::go_on() {
    switch (walk_.step()) {
        case Walk::Step::more:
            return Progress::more;
        case Walk::Step::scan_ended:
            failure_ = walk_.failure();
            return failure_ ? end_of_round() : end_of_scan();
        case Walk::Step::opened:
            break;
    }
    if (is_done_alone() || (walk_.open().threads == nullptr && !walk_.open_threads())) {
        return Progress::more;
    }
    if (recorder_ != nullptr && !member().recorded) {
        walk_.close();
        return Progress::more;
    }
    setter_.emplace(*walk_.open().threads, order_, judge(), own_priority());
    return Progress::more;
}

// Most of many processes have one thread, and all that were set by the kernel's call, or in the round before, read as
// wanted: these are not listed.
bool Job::is_done_alone() {
    if (walk_.is_single() || recorder_ != nullptr || order_.kernel_judges || order_.keep_explicit) {
        return false;
    }
    static_cast<void>(own_priority());  // its turn begins
    const auto credentials = walk_.alone_with(order_.wanted);
    if (!credentials || standing_of(*credentials) != Standing::admitted) {
        return false;
    }
    auto& member = this->member();
    member.round = round_;
    member.tally = {.as_wanted = 1};
    member.gone = member.gave_up = false;
    member.as_wanted = {member.key.pid};
    if (tell(member)) {
        return false;
    }
    walk_.close();
    return true;
}

Job::Progress Job::set() {
    if (!setter_->step()) {
        return Progress::more;
    }
    finish_open();
    const bool again = tell(member());
    set_again_ = again && !set_again_;
    if (set_again_) {
        setter_->again();
        return Progress::more;
    }
    if ((order_.kernel_judges && setter_->tally().refused > 0) || walk_.is_single()) {
        return end_of_round();  // a refusal is the kernel's decision
    }
    setter_.reset();
    walk_.close();
    return Progress::more;
}

// What is kept about the process whose turn it is.
Job::Member& Job::member() {
    const auto& key = walk_.open().key;
    auto& member = members_[key.pid];
    if (member.key != key) {
        member = {};
        member.key = key;
    }
    return member;
}

void Job::finish_open() {
    auto& member = this->member();
    member.round = round_;
    member.tally = setter_->tally();
    member.gone = setter_->gone();
    member.gave_up = setter_->gave_up();
    member.changed.insert(setter_->changed().begin(), setter_->changed().end());
    member.as_wanted = setter_->as_wanted();
    if (!setter_->changed().empty()) {
        changed_any_ = true;
        new_ones_changed_ = true;
        if (recorder_ != nullptr) {
            recorder_->changed(member.key, setter_->changed());
        }
    }
    needs_second_round_ = needs_second_round_ || setter_->needs_second_round();
}

// Another scan finds processes that the first missed or that were created meanwhile. The scans end when one finds no
// new processes, or only such as are already as wanted. Children of processes that were set are as wanted: so starting
// one process after another does not evade the job.
Job::Progress Job::end_of_scan() {
    if (!sweep_lasts()) {
        walk_.scan_again();
        return Progress::more;
    }
    const bool first = walk_.scans() == 1;
    const bool again = first ? !swept_ || new_ones_changed_ : walk_.found_new_ones() && new_ones_changed_;
    gave_up_ = again && walk_.scans() >= most_scans;
    if (!again || gave_up_ || walk_.is_single()) {
        return end_of_round();
    }
    walk_.scan_again();
    begin_stage(recorder_ != nullptr ? Stage::recording : Stage::setting);
    return Progress::more;
}

Job::Progress Job::end_of_round() {
    const bool settles = walk_.is_single() ? needs_second_round_ : changed_any_ && !swept_;
    if (failure_ || round_ > first_round || !settles || tally().refused > 0) {
        stage_ = Stage::idle;
        return Progress::done;
    }
    ++round_;
    gave_up_ = false;
    if (walk_.is_single()) {
        setter_->again();
    } else {
        walk_.begin_round();
        begin_stage(recorder_ != nullptr ? Stage::recording : Stage::setting);
    }
    return Progress::settle;
}

bool Job::settle_pays() const {
    return walk_.is_single() && setter_ && !setter_->changed().empty() && !setter_->needs_second_round();
}

// ---- undo

void Job::begin_undo() {
    stage_ = Stage::undoing;
    next_member_ = members_.begin();
}

void Job::undo() {
    if (walk_.is_single() && setter_) {
        setter_->undo();
        next_member_ = members_.end();
    }
    if (next_member_ == members_.end()) {
        stage_ = Stage::idle;
        return;
    }
    const auto& member = (next_member_++)->second;
    if (member.changed.empty()) {
        return;
    }
    const auto process = process::Process::pin(member.key);
    if (!process) {
        return;  // it has ended
    }
    if (const auto threads = walk_.target().open(*process)) {
        ThreadSetter::put_back(**threads, order_.wanted, member.changed);
    }
}

}  // namespace iopriority::engine
