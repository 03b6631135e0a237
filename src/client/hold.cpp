// SPDX-License-Identifier: LGPL-2.1-or-later
#include <iopriority/hold.hpp>

#include <poll.h>
#include <unistd.h>

#include <utility>

namespace iopriority {

Hold& Hold::operator=(Hold&& other) noexcept {
    if (this != &other) {
        release();
        descriptor_ = other.detach();
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
    if (descriptor_ < 0) {
        return false;
    }
    pollfd end{descriptor_, POLLIN, 0};
    return ::poll(&end, 1, 0) == 0;  // nothing is ever written: only the other end's closing shows
}

}  // namespace iopriority
