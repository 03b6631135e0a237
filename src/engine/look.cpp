// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "engine/look.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "process/syscalls.hpp"

namespace iopriority::engine {

namespace {

constexpr unsigned most_scans = 16;

}  // namespace

bool user_has_tasks(uid_t uid) noexcept {
    return uid == 0 || process::sys::ioprio_get(process::sys::Who::user, uid) != -ESRCH;
}

void Looker::begin() {
    before_ = look_.processes > 0 ? std::optional(std::exchange(look_, {})) : std::nullopt;
    look_ = {};
    failure_.reset();
    looking_ = false;
    executed_another_ = false;
    if (!by_table_) {
        walk_.begin_round();
    } else if (const uid_t user = *walk_.target().threads_of; user_has_tasks(user)) {
        consider({user, false});
        look_.processes = 1;
    }
}

bool Looker::step() {
    if (by_table_ || failure_) {
        return true;
    }
    if (looking_) {
        look_at_open();
        return false;
    }
    switch (walk_.step()) {
        case Walk::Step::more:
            return false;
        case Walk::Step::opened:
            looking_ = true;
            owners_.clear();
            if (walk_.open().threads) {
                walk_.open().threads->rewind();
            }
            return false;
        case Walk::Step::scan_ended:
            break;
    }
    if (walk_.is_single() || walk_.failure() || !walk_.found_new_ones() || walk_.scans() >= most_scans) {
        return true;
    }
    walk_.scan_again();
    return false;
}

// Looks at one piece of the process whose turn it is.
void Looker::look_at_open() {
    auto& open = walk_.open();
    const auto& process = *open.process;
    std::vector<pid_t> tids;
    const bool one_will_do = caller_ == 0 || walk_.alone();  // root may do everything: only for the log
    if (one_will_do && !open.threads) {
        tids = {process.pid()};
    } else if (!open.threads && !walk_.open_threads()) {
        looking_ = false;
        return;
    } else if (open.threads->next(tids) < 0) {
        tids.clear();
    }
    const auto& of = walk_.target().threads_of;
    for (const pid_t tid : tids) {
        if (open.threads && open.threads->is_ended_first(tid)) {
            continue;
        }
        const auto credentials = open.threads    ? open.threads->credentials(tid)
                                 : walk_.alone() ? walk_.alone()->credentials
                                                 : process.credentials();
        if (credentials && (!of || credentials->real_uid == *of)) {
            consider(*credentials);
        } else if (!credentials && credentials.failure().code != ErrorCode::no_such_process) {
            failure_ = credentials.failure();
        }
    }
    if (!open.threads || tids.empty()) {
        finish_open();
    }
}

void Looker::consider(const process::Credentials& credentials) {
    const auto needed = policy::required(caller_, credentials, wanted_);
    look_.needed = std::max(look_.needed, needed);
    if (needed != policy::Action::none) {
        look_.needing.insert(credentials.real_uid);
    }
    look_.owners.insert(credentials.real_uid);
    owners_.insert(credentials.real_uid);
}

void Looker::finish_open() {
    looking_ = false;
    const auto& open = walk_.open();
    if (open.process->running()) {
        const auto program = walk_.is_single() ? std::string{} : open.process->name();
        look_.program = look_.processes == 0 || look_.program == program ? program : std::string{};
        executed_another_ = executed_another_ || (before_ && !before_->program.empty() && program != before_->program &&
                                                  before_->owners_of.contains(open.key));
        ++look_.processes;
        look_.owners_of.emplace(open.key, owners_);
    } else if (walk_.is_single()) {
        failure_ = open.process->ended();
    }
    walk_.close();
}

Expected<Look> Looker::result() const {
    if (failure_ || walk_.failure()) {
        return failure_ ? *failure_ : *walk_.failure();
    }
    if (look_.processes == 0 || look_.owners.empty()) {
        return Failure{ErrorCode::no_such_process, walk_.target().nobody};
    }
    return look_;
}

bool Looker::has_changed_hands() const {
    if (!before_) {
        return false;
    }
    const auto changed = [this](const auto& now) {
        const auto then = before_->owners_of.find(now.first);
        return then != before_->owners_of.end() && !now.second.empty() &&
               std::none_of(now.second.begin(), now.second.end(),
                            [&](uid_t owner) { return then->second.contains(owner); });
    };
    return executed_another_ || before_->needed < look_.needed ||
           std::any_of(look_.owners_of.begin(), look_.owners_of.end(), changed);
}

}  // namespace iopriority::engine
