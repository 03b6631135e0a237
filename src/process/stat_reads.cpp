// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "process/stat_reads.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "process/unique_fd.hpp"

namespace iopriority::process {

namespace {

StatReader* reader_of_all = nullptr;

// A path in /proc, without any memory of its own: it is made in a copy of the process, too, where other threads of it
// may have held the allocator's locks.
class Path {
 public:
    explicit Path(StatOf of) noexcept {
        add("/proc/");
        add(of.process);
        if (of.thread != 0) {
            add("/task/");
            add(of.thread);
        }
        add("/stat");
        *end_ = '\0';
    }
    [[nodiscard]] const char* text() const noexcept { return text_.data(); }

 private:
    void add(std::string_view part) noexcept { end_ = std::copy(part.begin(), part.end(), end_); }
    void add(pid_t number) noexcept { end_ = std::to_chars(end_, text_.data() + text_.size(), number).ptr; }

    std::array<char, 64> text_{};
    char* end_ = text_.data();
};

}  // namespace

StatResult read_stat(StatOf of) noexcept {
    const UniqueFd file(::open(Path(of).text(), O_RDONLY | O_CLOEXEC));  // NOLINT(*-vararg)
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
