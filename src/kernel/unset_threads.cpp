// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/unset_threads.hpp"

#include <algorithm>

namespace iopriority::kernel {

int UnsetThreads::next(std::vector<pid_t>& tids) {
    do {
        const int result = threads_.next(tids);
        if (result < 0 || tids.empty()) {
            return result;
        }
        std::erase_if(tids, [this](pid_t tid) { return is_kept(tid); });
    } while (tids.empty());  // an empty answer would mean the end
    return 0;
}

bool UnsetThreads::is_kept(pid_t tid) {
    if (passed_.contains(tid)) {
        return false;
    }
    const int value = threads_.get(tid);
    const Priority found = value < 0 ? wanted_ : values::from_kernel(value);
    if (found != wanted_ && found.io_class() != PriorityClass::none) {
        ++kept_;
        return true;
    }
    passed_.insert(tid);
    return false;
}

}  // namespace iopriority::kernel
