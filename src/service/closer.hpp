// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Closes descriptors whose last close may block for as long as their owner likes.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "process/unique_fd.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::service {

/// Closes descriptors on helper threads. The last close of a socket that lingers (SO_LINGER) can block for years, but
/// not in a thread that exits. So each last copy is closed together with the descriptor table of a dedicated thread,
/// and no number of such sockets keeps the helpers busy. If a close blocks nevertheless, there are other helpers, but
/// only a few.
class Closer : public NotCopyable {
 public:
    static constexpr unsigned most_helpers = 4;
    /// Descriptors that wait. This many only wait if all helpers are stuck; then the caller's thread closes them, and
    /// the watchdog may have to step in.
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
