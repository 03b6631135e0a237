// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Closes descriptors whose last close may take as long as somebody else likes.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "process/unique_fd.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::service {

/// Closes on helper threads. A socket that lingers (SO_LINGER) blocks its last close for years if its owner wants, but
/// not in a thread that ends: so the last copy of each is dropped with the table of descriptors of a thread of its own,
/// and no number of such sockets keeps the helpers busy. Should a close be stuck nevertheless, there are other helpers,
/// but few.
class Closer : public NotCopyable {
 public:
    static constexpr unsigned most_helpers = 4;
    /// Descriptors that wait. There are never so many unless all helpers are stuck; then the caller's thread closes,
    /// and the watchdog may have to help.
    static constexpr std::size_t most_waiting = 1024;

    Closer();
    /// Does not wait for the helpers.
    ~Closer();

    void close(std::vector<process::UniqueFd> descriptors) noexcept;

 private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
};

}  // namespace iopriority::service
