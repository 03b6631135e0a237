// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include <iopriority/hold.hpp>

#include <poll.h>
#include <unistd.h>

#include <utility>

namespace iopriority {

namespace {

int events_of(int descriptor) {
    pollfd end{descriptor, POLLIN, 0};
    return ::poll(&end, 1, 0) >= 0 ? end.revents : POLLNVAL;
}

}  // namespace

Hold& Hold::operator=(Hold&& other) noexcept {
    if (this != &other) {
        release();
        descriptor_ = other.detach();
        changed_ = std::move(other.changed_);
    }
    return *this;
}

void Hold::release() noexcept {
    if (const int held = detach(); held >= 0) {
        ::close(held);
    }
}

int Hold::detach() noexcept {
    return std::exchange(descriptor_, -1);
}

bool Hold::active() const noexcept {
    return descriptor_ >= 0 && (events_of(descriptor_) & (POLLHUP | POLLERR | POLLNVAL)) == 0;
}

bool Hold::overruled() const noexcept {
    return descriptor_ >= 0 && (events_of(descriptor_) & POLLIN) != 0;
}

}  // namespace iopriority
