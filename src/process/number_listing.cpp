// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "process/number_listing.hpp"

#include <dirent.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "process/proc_text.hpp"

namespace iopriority::process {

int next_numbers(int directory, std::vector<pid_t>& numbers) {
    constexpr std::size_t bytes = 8192;
    numbers.clear();
    alignas(dirent64) std::array<char, bytes> buffer;  // NOLINT(*-member-init): filled by the kernel
    while (numbers.empty()) {
        const auto got = ::getdents64(directory, buffer.data(), buffer.size());
        if (got < 0) {
            return -errno;
        }
        if (got == 0) {
            return 0;
        }
        for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
            const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);  // NOLINT(*-reinterpret-cast)
            if (const auto number = parse_pid(std::string_view(entry->d_name))) {
                numbers.push_back(*number);
            }
            at += entry->d_reclen;
        }
    }
    return 0;
}

void rewind_listing(int directory) noexcept {
    ::lseek(directory, 0, SEEK_SET);
}

}  // namespace iopriority::process
