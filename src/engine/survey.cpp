// SPDX-License-Identifier: LGPL-2.1-or-later
#include "engine/survey.hpp"

#include <sched.h>
#include <sys/resource.h>

#include <cerrno>
#include <utility>

#include "process/effective.hpp"

namespace iopriority::engine {

void Survey::end_process() {
    description_.processes += of_this_process_ > 0 ? 1U : 0U;
    of_this_process_ = 0;
}

void Survey::consider(process::ThreadGroup& threads, pid_t tid) {
    const auto set = threads.priority(tid);
    const auto effective = set ? threads.effective(tid, *set) : std::nullopt;
    if (!effective) {
        return;
    }
    ++of_this_process_;
    const bool first = description_.threads++ == 0;
    const bool is_set = set->io_class() != PriorityClass::none;
    // A thread on which nothing is set stands behind one that is set to the same.
    const bool tie =
        *effective == description_.effective && description_.set.io_class() == PriorityClass::none && is_set;
    const bool highest = first || tie || process::served_before(*effective, description_.effective);
    if (highest) {
        description_.set = *set;
        description_.effective = *effective;
    }
    if (depth_ == Depth::everything) {
        ++description_.breakdown[set->to_string()];
        if (highest) {
            description_.source = is_set ? "set" : source_of_derived(tid);
        }
    }
}

std::optional<Description> Survey::result() const {
    return description_.threads > 0 ? std::optional(description_) : std::nullopt;
}

void Reader::begin(Target target) {
    walk_ = Walk(std::move(target));
    walk_.begin_round();
}

bool Reader::step() {
    if (reading_) {
        read_some();
        return false;
    }
    const auto progress = walk_.step();
    reading_ = progress == Walk::Step::opened && walk_.open_threads();
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
        }
    }
    if (more) {
        return;
    }
    reading_ = false;
    survey_.end_process();
    // By number: what was read counts only if the process still owned it afterwards.
    if (walk_.is_single() && !open.process->running()) {
        failure_ = open.process->ended();
    }
    walk_.close();
}

Expected<Description> Reader::result() const {
    if (failure_ || walk_.failure()) {
        return failure_ ? *failure_ : *walk_.failure();
    }
    const auto description = survey_.result();
    return description ? Expected<Description>(*description)
                       : Failure{ErrorCode::no_such_process, walk_.target().nobody};
}

std::string source_of_derived(pid_t tid) {
    constexpr int deadline = 6;  // SCHED_DEADLINE, which <sched.h> of glibc 2.36 lacks
    switch (::sched_getscheduler(tid) & ~SCHED_RESET_ON_FORK) {
        case SCHED_IDLE:
            return "cpu policy idle";
        case SCHED_FIFO:
            return "cpu policy fifo";
        case SCHED_RR:
            return "cpu policy rr";
        case deadline:
            return "cpu policy deadline";
        default:
            break;
    }
    errno = 0;
    return "nice " + std::to_string(::getpriority(PRIO_PROCESS, static_cast<id_t>(tid)));
}

}  // namespace iopriority::engine
