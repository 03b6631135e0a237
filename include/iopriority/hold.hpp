// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A priority for a time.
#pragma once

#include <iopriority/export.hpp>

namespace iopriority {

/// A hold of the service: as long as it lives, a process has the priority that was asked for; when it is released,
/// what was there before comes back, thread by thread. It is released by release(), by the destructor, and by the end
/// of the process that has it, however it ends.
///
/// It is a descriptor: copies of it (dup(2), a child of fork(2), SCM_RIGHTS) hold as well, the last one counts.
/// Programs that this process executes do not get it (close-on-exec).
class IOPRIORITY_API Hold {
 public:
    /// Holds nothing.
    Hold() noexcept = default;
    /// Takes over a hold's descriptor, such as one that another process has passed on.
    explicit Hold(int descriptor) noexcept : descriptor_(descriptor) {}
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    /// The other one holds nothing then; what this one held is released.
    ///@{
    Hold(Hold&& other) noexcept : descriptor_(other.detach()) {}
    Hold& operator=(Hold&& other) noexcept;
    ///@}
    ~Hold() { release(); }

    /// Ends it now.
    void release() noexcept;
    /// Gives the descriptor to the caller, who has to close it.
    [[nodiscard]] int detach() noexcept;

    /// The descriptor, to be polled (readable: the hold is lost) or passed on; -1 if nothing is held.
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
    /// False if nothing is held, or if the service has lost it: it was stopped. (Not by the end of the process.)
    [[nodiscard]] bool active() const noexcept;

 private:
    int descriptor_ = -1;
};

}  // namespace iopriority
