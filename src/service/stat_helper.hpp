// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Reads /proc/PID/stat in a process that can be killed.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>

#include "process/stat_reads.hpp"
#include "process/unique_fd.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::service {

/// A read that waits for another process can only be ended by a signal that kills the reader: no other signal and no
/// timeout ends it, and a single thread cannot be killed. So a helper process reads. If it waits for too long, it is
/// killed, and that file is not read again for a while. For use by one thread only.
class StatHelper final : public process::StatReader {
 public:
    using Clock = std::chrono::steady_clock;
    using ReadOne = process::StatResult (*)(process::StatOf) noexcept;

    /// How long a read may wait, most of the time. At first, and after a period without waits, it may wait longer: if
    /// waits are rare, the machine is just slow.
    static constexpr std::chrono::milliseconds least_patience{1};
    static constexpr std::chrono::milliseconds most_patience{20};
    /// A file that was waited for is read again after this time, then after twice the time, and so on.
    static constexpr std::chrono::milliseconds first_pause{50};
    static constexpr std::chrono::milliseconds longest_pause{25'600};
    /// How many of these are remembered: each takes a descriptor.
    static constexpr std::size_t most_remembered = 1024;

    /// To be constructed before any descriptors from others: the helper gets copies of all that have lower numbers.
    explicit StatHelper(ReadOne read_one = process::read_stat);
    ~StatHelper() override;

    /// Stops reading after a file that it waited for too long.
    std::size_t read(std::span<const process::StatOf> wanted, std::span<process::StatResult> results) override;

 private:
    struct Shared;
    struct Avoided {
        process::UniqueFd pidfd;
        Clock::time_point until;
        std::chrono::milliseconds pause{};
    };
    enum class Outcome : std::uint8_t { done, waits, ended };

    [[nodiscard]] bool avoids(pid_t pid);
    void avoid(pid_t pid);
    /// Reads at least the first. @return how many it has read
    [[nodiscard]] std::size_t read_some(std::span<const process::StatOf> wanted,
                                        std::span<process::StatResult> results);
    [[nodiscard]] Outcome wait();
    [[nodiscard]] std::chrono::nanoseconds patience(Clock::time_point now);

    [[nodiscard]] bool start();
    void stop() noexcept;
    [[nodiscard]] bool reap() noexcept;
    [[noreturn]] void serve(pid_t parent) const noexcept;

    ReadOne read_one_;
    Shared* shared_;
    process::UniqueFd asked_;
    process::UniqueFd answered_;
    process::UniqueFd pidfd_;
    pid_t helper_ = 0;      ///< 0: there is none
    bool stopped_ = false;  ///< it is about to end
    std::chrono::nanoseconds patience_ = most_patience;
    Clock::time_point patient_since_ = Clock::now();
    std::map<pid_t, Avoided> avoided_;
};

}  // namespace iopriority::service
