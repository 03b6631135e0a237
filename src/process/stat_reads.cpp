// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "process/stat_reads.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <iterator>
#include <string_view>

#include "process/unique_fd.hpp"

namespace iopriority::process {

namespace {

StatReader* reader_of_all = nullptr;

// A path in /proc, without any memory of its own: it is made in a copy of the process, too, where other threads of it
// may have held the allocator's locks.
std::array<char, 64> path_of(StatOf of) noexcept {
    std::array<char, 64> path{};
    char* end = path.data();
    char* const last = end + path.size() - 1;
    const auto text = [&](std::string_view part) {
        end = std::copy_n(part.begin(), std::min<std::ptrdiff_t>(last - end, std::ssize(part)), end);
    };
    const auto number = [&](pid_t value) { end = std::to_chars(end, last, value).ptr; };
    text("/proc/");
    number(of.process);
    if (of.thread != 0) {
        text("/task/");
        number(of.thread);
    }
    text("/stat");
    return path;
}

}  // namespace

StatResult read_stat(StatOf of) noexcept {
    const UniqueFd file(::open(path_of(of).data(), O_RDONLY | O_CLOEXEC));  // NOLINT(*-vararg)
    if (!file) {
        return {errno, {}};
    }
    constexpr std::size_t more_than_enough = 4096;
    std::array<char, more_than_enough> text;  // NOLINT(*-member-init): filled by the kernel
    ssize_t length = 0;
    do {
        length = ::read(file.get(), text.data(), text.size());
    } while (length < 0 && errno == EINTR);
    if (length < 0) {
        return {errno, {}};
    }
    const auto stat = parse_stat({text.data(), static_cast<std::size_t>(length)});
    return stat ? StatResult{0, *stat} : StatResult{EBADMSG, {}};
}

void read_stats_through(StatReader* reader) noexcept {
    reader_of_all = reader;
}

std::size_t read_stats(std::span<const StatOf> wanted, std::span<StatResult> results) {
    if (reader_of_all != nullptr) {
        return reader_of_all->read(wanted, results);
    }
    std::transform(wanted.begin(), wanted.end(), results.begin(), read_stat);
    return wanted.size();
}

Failure no_reader() {
    return {ErrorCode::failed, "the helper process that reads /proc cannot be started, or was killed: try again later"};
}

StatResult read_one_stat(StatOf of) {
    StatResult result;
    static_cast<void>(read_stats({&of, 1}, {&result, 1}));
    return result;
}

}  // namespace iopriority::process
