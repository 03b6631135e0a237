// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "process/traffic.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "process/boot_clock.hpp"
#include "process/process.hpp"
#include "process/read_file.hpp"
#include "process/syscalls.hpp"
#include "process/unique_fd.hpp"
#include "values/text.hpp"
#include "values/values.hpp"

namespace iopriority::process {

namespace {

/// Nobody has waited for it yet. (One whose first thread has ended before the others looks the same but for their
/// number.)
bool has_ended(const ProcStat& stat) {
    return stat.has_ended() && stat.threads <= 1;
}

/// How far a counter has advanced; one that went backwards counts as unchanged.
std::uint64_t gain(std::uint64_t now, std::uint64_t before) {
    return now > before ? now - before : 0;
}

bool is_set(pid_t tid) {
    const int value = sys::ioprio_get(sys::Who::thread, static_cast<id_t>(tid));
    return value >= 0 && values::from_kernel(value).io_class() != PriorityClass::none;
}

/// Whether a thread of it has a priority set. For the most, which have one thread, this takes two system calls.
bool has_priority(int proc, pid_t pid) {
    const auto threads = thread_count_of(pid);
    if (threads <= 1) {
        return threads == 1 && is_set(pid);
    }
    const auto path = std::to_string(pid) + "/task";
    const UniqueFd tasks(::openat(proc, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));  // NOLINT(*-vararg)
    std::vector<pid_t> some;
    while (tasks && next_numbers(tasks.get(), some) == 0 && !some.empty()) {
        if (std::any_of(some.begin(), some.end(), is_set)) {
            return true;
        }
    }
    return false;
}

std::uint64_t per_second(std::uint64_t bytes, std::chrono::duration<double> time) {
    return static_cast<std::uint64_t>(static_cast<double>(bytes) / time.count());
}

}  // namespace

std::optional<uid_t> Sampler::real_uid(int directory, pid_t pid, std::uint64_t start, std::uint64_t now) {
    constexpr std::uint64_t settled_after_s = 60;
    struct stat status {};
    if (::fstat(directory, &status) != 0) {
        return std::nullopt;
    }
    const auto known = owners_.find(pid);
    if (known != owners_.end() && known->second.start_ticks == start && known->second.directory == status.st_uid) {
        if (start + settled_after_s * ticks_per_second() < now) {
            next_owners_.insert(*known);
            return known->second.real;
        }
    }
    const auto text = read_file(directory, "status");
    const auto read = text ? parse_status(*text) : std::nullopt;
    if (!read) {
        return std::nullopt;
    }
    next_owners_[pid] = {start, status.st_uid, read->real_uid};
    return read->real_uid;
}

// All files are read below one open directory: they are of one process, whatever becomes of its number.
std::optional<ProcessSample> Sampler::look_at(int proc, pid_t pid, std::uint64_t now) {
    const auto number = std::to_string(pid);
    const UniqueFd directory(::openat(proc, number.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));  // NOLINT(*-vararg)
    const auto text = directory ? read_file(directory.get(), "stat") : Failure{};
    const auto stat = text ? parse_stat(*text) : std::nullopt;
    if (!stat || has_ended(*stat)) {
        return std::nullopt;
    }
    const auto uid = real_uid(directory.get(), pid, stat->start_ticks, now);
    if (!uid) {
        return std::nullopt;
    }
    const auto name = values::sanitised(name_in_stat(*text));
    const auto io = read_file(directory.get(), "io");
    return ProcessSample{
        pid, stat->start_ticks, *uid, stat->of_kernel(), name.empty() ? "?" : name, io ? parse_io(*io) : std::nullopt};
}

Expected<Sample> Sampler::take(Which which) {
    const UniqueFd proc(::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));  // NOLINT(*-vararg)
    if (!proc) {
        return Failure{ErrorCode::failed, "opening /proc: " + std::generic_category().message(errno)};
    }
    Sample sample{std::chrono::steady_clock::now(), ticks_since_boot(), {}};
    next_owners_.clear();
    std::vector<pid_t> some;
    while (next_numbers(proc.get(), some) == 0 && !some.empty()) {
        for (const pid_t pid : some) {
            auto process = which == Which::all || has_priority(proc.get(), pid) ? look_at(proc.get(), pid, sample.ticks)
                                                                                : std::nullopt;
            if (process) {
                sample.processes.push_back(*std::move(process));
            }
        }
    }
    std::swap(owners_, next_owners_);
    std::sort(sample.processes.begin(), sample.processes.end(),
              [](const auto& a, const auto& b) { return a.pid < b.pid; });
    return sample;
}

bool counts_traffic() {
    return ::access("/proc/self/io", F_OK) == 0;
}

std::optional<ProcIo> TrafficMeter::before(const ProcessSample& process) const {
    if (const auto found = last_.find({process.pid, process.start_ticks}); found != last_.end()) {
        return found->second;
    }
    return process.start_ticks >= last_ticks_ ? std::optional(ProcIo{}) : std::nullopt;
}

std::vector<std::optional<Rates>> TrafficMeter::measure(const Sample& sample) {
    std::vector<std::optional<Rates>> rates(sample.processes.size());
    const std::chrono::duration<double> passed = last_time_ ? sample.time - *last_time_ : std::chrono::seconds(0);
    std::map<Identity, std::optional<ProcIo>> now;
    for (std::size_t i = 0; i < sample.processes.size(); ++i) {
        const auto& process = sample.processes[i];
        now.emplace(Identity{process.pid, process.start_ticks}, process.io);
        const auto earlier = passed.count() > 0 ? before(process) : std::nullopt;
        if (earlier && process.io) {
            const auto written = gain(process.io->written, earlier->written);
            const auto cancelled = gain(process.io->cancelled, earlier->cancelled);
            rates[i] = Rates{per_second(gain(process.io->read, earlier->read), passed),
                             per_second(gain(written, cancelled), passed)};
        }
    }
    last_ = std::move(now);
    last_time_ = sample.time;
    last_ticks_ = sample.ticks;
    return rates;
}

}  // namespace iopriority::process
