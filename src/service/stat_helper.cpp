// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/stat_helper.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <limits>
#include <new>
#include <system_error>
#include <utility>

#include "process/process.hpp"
#include "process/syscalls.hpp"
#include "values/blocked_signals.hpp"

namespace iopriority::service {

namespace {

using process::most_stats_at_once;
using process::StatOf;
using process::StatResult;
using process::UniqueFd;

UniqueFd make_counter(int flags) {
    UniqueFd counter(::eventfd(0, EFD_CLOEXEC | flags));
    if (!counter) {
        throw std::system_error(errno, std::generic_category(), "eventfd");
    }
    return counter;
}

bool take(const UniqueFd& counter) noexcept {
    eventfd_t count = 0;
    return ::eventfd_read(counter.get(), &count) == 0;
}

bool is_readable(const UniqueFd& fd, std::chrono::milliseconds within = {}) noexcept {
    pollfd event{fd.get(), POLLIN, 0};
    return ::poll(&event, 1, static_cast<int>(within.count())) > 0;
}

}  // namespace

/// Shared by both processes. The helper writes after it was asked, the service after it was answered.
struct StatHelper::Shared {
    std::atomic<std::size_t> answers;
    std::size_t count;
    std::array<StatOf, most_stats_at_once> wanted;
    std::array<StatResult, most_stats_at_once> results;

    static Shared* make() {
        void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) {  // NOLINT(*-cstyle-cast, *-int-to-ptr)
            throw std::system_error(errno, std::generic_category(), "mmap");
        }
        return new (memory) Shared{};
    }
};

StatHelper::StatHelper(ReadOne read_one)
    : read_one_(read_one), shared_(Shared::make()), asked_(make_counter(0)), answered_(make_counter(EFD_NONBLOCK)) {}

StatHelper::~StatHelper() {
    stop();
    ::munmap(shared_, sizeof(Shared));
}

std::size_t StatHelper::read(std::span<const StatOf> wanted, std::span<StatResult> results) {
    std::size_t begin = 0;
    while (begin < wanted.size() && avoids(wanted[begin].process)) {
        results[begin++] = {ETIMEDOUT, {}};
    }
    auto end = begin;
    while (end < wanted.size() && end - begin < most_stats_at_once && !avoids(wanted[end].process)) {
        ++end;
    }
    return begin == end ? end : begin + read_some(wanted.subspan(begin, end - begin), results.subspan(begin));
}

std::size_t StatHelper::read_some(std::span<const StatOf> wanted, std::span<StatResult> results) {
    if (!start()) {
        results[0] = {EAGAIN, {}};
        return 1;
    }
    std::copy(wanted.begin(), wanted.end(), shared_->wanted.begin());
    shared_->count = wanted.size();
    shared_->answers = 0;
    static_cast<void>(::eventfd_write(asked_.get(), 1));
    const auto outcome = wait();
    const auto answers = std::min(shared_->answers.load(), wanted.size());
    std::copy_n(shared_->results.begin(), answers, results.begin());
    for (std::size_t i = 0; i < answers && !avoided_.empty(); ++i) {
        avoided_.erase(wanted[i].process);
    }
    if (outcome == Outcome::done) {
        return answers;
    }
    stop();
    if (answers == wanted.size()) {
        return answers;
    }
    if (outcome == Outcome::waits) {
        avoid(wanted[answers].process);
    }
    results[answers] = {outcome == Outcome::waits ? ETIMEDOUT : EAGAIN, {}};
    return answers + 1;
}

StatHelper::Outcome StatHelper::wait() {
    std::size_t seen = 0;
    auto since = Clock::now();
    while (true) {
        std::array<pollfd, 2> events{{{answered_.get(), POLLIN, 0}, {pidfd_.get(), POLLIN, 0}}};
        static_cast<void>(::poll(events.data(), events.size(), static_cast<int>(least_patience.count())));
        if (take(answered_)) {
            return Outcome::done;
        }
        if (events[1].revents != 0) {
            return Outcome::ended;
        }
        const auto now = Clock::now();
        if (const auto answers = shared_->answers.load(); answers != seen) {
            seen = answers;
            since = now;
        } else if (now - since >= patience(now) && process::read_stat({helper_}).stat.state != 'R') {  // R: needs a CPU
            patience_ = std::max(patience_ - (now - since), std::chrono::nanoseconds{});
            return Outcome::waits;
        }
    }
}

// At most a fiftieth of the time is spent waiting, plus the minimum for each read.
std::chrono::nanoseconds StatHelper::patience(Clock::time_point now) {
    constexpr int part = 50;
    patience_ = std::min<std::chrono::nanoseconds>(most_patience, patience_ + (now - patient_since_) / part);
    patient_since_ = now;
    return std::max<std::chrono::nanoseconds>(least_patience, patience_);
}

// ---- files that are not read for a while

bool StatHelper::avoids(pid_t pid) {
    const auto found = avoided_.find(pid);
    if (found == avoided_.end()) {
        return false;
    }
    if (process::sys::pidfd_probe(found->second.pidfd.get()) == -ESRCH) {
        avoided_.erase(found);  // the number may have been recycled
        return false;
    }
    return Clock::now() < found->second.until;
}

void StatHelper::avoid(pid_t pid) {
    auto& entry = avoided_[pid];
    if (!entry.pidfd) {
        auto pidfd = process::open_pidfd(pid);
        if (!pidfd) {
            avoided_.erase(pid);
            return;
        }
        entry.pidfd = *std::move(pidfd);
    }
    entry.pause = std::clamp<std::chrono::milliseconds>(entry.pause * 2, first_pause, longest_pause);
    entry.until = Clock::now() + entry.pause;
    if (avoided_.size() > most_remembered) {
        avoided_.erase(std::min_element(avoided_.begin(), avoided_.end(), [](const auto& one, const auto& other) {
            return one.second.until < other.second.until;
        }));
    }
}

// ---- the helper

bool StatHelper::start() {
    if (helper_ != 0 && !stopped_) {
        return true;
    }
    if (!reap()) {
        return false;
    }
    static_cast<void>(take(answered_));
    static_cast<void>(is_readable(asked_) && take(asked_));
    const BlockedSignals in_the_helper(all_signals());
    const pid_t parent = ::getpid();
    int pidfd = -1;
    const pid_t helper = process::sys::fork_with_shared_descriptors(pidfd);
    if (helper == 0) {
        serve(parent);
    }
    if (helper < 0) {
        return false;
    }
    helper_ = helper;
    pidfd_.reset(pidfd);
    return true;
}

void StatHelper::stop() noexcept {
    if (helper_ != 0 && !stopped_) {
        constexpr std::chrono::milliseconds at_most{50};
        ::kill(helper_, SIGKILL);
        stopped_ = true;
        static_cast<void>(is_readable(pidfd_, at_most) && reap());
    }
}

// The shared memory can be reused only when the last helper has ended.
bool StatHelper::reap() noexcept {
    if (helper_ != 0 && ::waitpid(helper_, nullptr, WNOHANG | __WALL) == 0) {
        return false;
    }
    helper_ = 0;
    stopped_ = false;
    return true;
}

// Runs in the helper, which gets its own descriptor table as soon as possible, without copies of what others have
// passed: it would keep them open, and closing a copy can take long, too.
void StatHelper::serve(pid_t parent) const noexcept {
    constexpr auto last = std::numeric_limits<int>::max();
    const auto [first, second] = std::minmax({asked_.get(), answered_.get()});
    const auto close_all = [](int from, int to, int flags = 0) {
        return from > to || ::close_range(static_cast<unsigned>(from), static_cast<unsigned>(to), flags) == 0;
    };
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);       // NOLINT(*-vararg)
    ::prctl(PR_SET_NAME, "iopriority-stat");  // NOLINT(*-vararg)
    if (!close_all(second + 1, last, int{CLOSE_RANGE_UNSHARE}) || !close_all(first + 1, second - 1) ||
        !close_all(STDERR_FILENO + 1, first - 1) || ::getppid() != parent) {
        ::_exit(1);
    }
    while (take(asked_)) {
        const auto count = std::min(shared_->count, most_stats_at_once);
        for (std::size_t i = 0; i < count; ++i) {
            shared_->results.at(i) = read_one_(shared_->wanted.at(i));
            shared_->answers = i + 1;
        }
        static_cast<void>(::eventfd_write(answered_.get(), 1));
    }
    ::_exit(1);
}

}  // namespace iopriority::service
