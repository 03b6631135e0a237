// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "engine/survey.hpp"

#include <algorithm>
#include <utility>

#include "process/effective.hpp"

namespace iopriority::engine {

void Survey::end_process(const process::Process& process) {
    constexpr std::size_t most_listed = 64;
    if (std::exchange(of_this_process_, 0) == 0) {
        return;
    }
    ++details_.processes;
    if (depth_ == Depth::everything && programs_.size() < most_listed) {
        programs_.insert(process.name());
    }
    const auto credentials = depth_ == Depth::everything ? process.credentials() : Failure{};
    if (credentials && users_.size() < most_listed) {
        users_.insert(credentials->real_uid);
    }
}

void Survey::consider(process::ThreadGroup& threads, pid_t tid) {
    const auto set = threads.priority(tid);
    const auto effective = set ? threads.effective(tid, *set) : std::nullopt;
    if (!effective) {
        return;
    }
    ++of_this_process_;
    const bool first = details_.threads++ == 0;
    const bool is_set = set->io_class() != PriorityClass::none;
    // A thread without a set priority ranks below one that is set to the same.
    const bool tie = *effective == details_.effective && details_.set.io_class() == PriorityClass::none && is_set;
    const bool highest = first || tie || process::served_before(*effective, details_.effective);
    if (highest) {
        details_.set = *set;
        details_.effective = *effective;
    }
    if (depth_ == Depth::everything) {
        ++details_.breakdown[set->to_string()];
        if (highest) {
            details_.source = is_set ? "set" : process::source_of_derived(tid);
        }
    }
}

std::optional<Details> Survey::result() const {
    if (details_.threads == 0) {
        return std::nullopt;
    }
    auto details = details_;
    details.users.assign(users_.begin(), users_.end());
    details.programs.assign(programs_.begin(), programs_.end());
    return details;
}

void Reader::begin(Target target) {
    walk_ = Walk(std::move(target));
    walk_.begin_round();
    if (!walk_.target().is_list || depth_ == Survey::Depth::highest) {
        return;
    }
    for (const pid_t pid : walk_.target().selection->named()) {
        if (members_.size() < most_members) {
            members_.emplace(pid, nullptr);
        }
    }
}

bool Reader::step() {
    if (reading_) {
        read_some();
        return false;
    }
    const auto progress = walk_.step();
    reading_ = progress == Walk::Step::opened && walk_.open_threads();
    if (reading_ && members_.contains(walk_.open().key.pid)) {
        of_member_.emplace(depth_);
    }
    return progress == Walk::Step::scan_ended;
}

void Reader::read_some() {
    auto& open = walk_.open();
    const auto& of = walk_.target().threads_of;
    const bool more = open.threads->next(chunk_) == 0 && !chunk_.empty();
    for (std::size_t i = 0; more && i < chunk_.size(); ++i) {
        const auto owner = of ? open.threads->credentials(chunk_[i]) : Expected<process::Credentials>(Failure{});
        if (!of || (owner && owner->real_uid == *of)) {
            survey_.consider(*open.threads, chunk_[i]);
            if (of_member_) {
                of_member_->consider(*open.threads, chunk_[i]);
            }
        }
    }
    if (!more) {
        end_process();
    }
}

void Reader::end_process() {
    const auto& open = walk_.open();
    reading_ = false;
    survey_.end_process(*open.process);
    if (of_member_) {
        of_member_->end_process(*open.process);
        if (auto details = of_member_->result()) {
            members_[open.key.pid] = std::make_shared<const Details>(*std::move(details));
        }
        of_member_.reset();
    }
    // By number: what was read counts only if the process still owned it afterwards.
    if (walk_.is_single() && !open.process->running()) {
        failure_ = open.process->ended();
    }
    walk_.close();
}

Expected<Details> Reader::result() const {
    if (failure_ || walk_.failure()) {
        return failure_ ? *failure_ : *walk_.failure();
    }
    auto details = survey_.result();
    if (!details) {
        return Failure{ErrorCode::no_such_process, walk_.target().nobody};
    }
    if (!members_.empty()) {
        const auto named = walk_.target().selection->named();
        details->each_cut = named.size() > members_.size();
        for (std::size_t i = 0; i < members_.size(); ++i) {
            details->each.push_back({std::max(named[i], 0), members_.at(named[i])});
        }
    }
    return *std::move(details);
}

}  // namespace iopriority::engine
