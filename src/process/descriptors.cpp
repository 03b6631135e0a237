// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "process/descriptors.hpp"

#include <sys/resource.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace iopriority::process {

namespace {

unsigned reserved = 0;

}  // namespace

void reserve_descriptors(unsigned number) noexcept {
    reserved = number;
}

UsingReserve::UsingReserve() noexcept : before_{std::exchange(reserved, 0)} {}

std::optional<Failure> too_many_descriptors(int newest) {
    rlimit limit{};
    if (newest < 0 || reserved == 0 || ::getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
        static_cast<rlim_t>(newest) + reserved < limit.rlim_cur) {
        return std::nullopt;
    }
    return Failure{ErrorCode::failed, std::generic_category().message(EMFILE) + ": try again later"};
}

}  // namespace iopriority::process
