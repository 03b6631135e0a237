// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A priority for a time.
#pragma once

#include <utility>

#include <iopriority/details.hpp>
#include <iopriority/export.hpp>

namespace iopriority {

/// A hold of the service: as long as it lives, what a target names has the priority that was asked for; when it is
/// released, what was there before comes back, thread by thread. It is released by release(), by the destructor, and by
/// the end of the process that has it, however it ends.
///
/// It is a descriptor: copies of it (dup(2), a child of fork(2), SCM_RIGHTS) hold as well, the last one counts.
/// Programs that this process executes do not get it (close-on-exec).
class IOPRIORITY_API Hold {
 public:
    /// Holds nothing.
    Hold() noexcept = default;
    /// Takes over a hold's descriptor, such as one that another process has passed on.
    explicit Hold(int descriptor) noexcept : descriptor_(descriptor) {}
    /// With what its beginning has done.
    Hold(int descriptor, Changed&& changed) noexcept : descriptor_(descriptor), changed_(std::move(changed)) {}
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    /// The other one holds nothing then; what this one held is released.
    ///@{
    Hold(Hold&& other) noexcept : descriptor_(other.detach()), changed_(std::move(other.changed_)) {}
    Hold& operator=(Hold&& other) noexcept;
    ///@}
    ~Hold() { release(); }

    /// Ends it now.
    void release() noexcept;
    /// Gives the descriptor to the caller, who has to close it.
    [[nodiscard]] int detach() noexcept;

    /// The descriptor, to be passed on, or polled: POLLIN, it is overruled; POLLHUP, it is lost. -1 if nothing is held.
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
    /// False if nothing is held, or if the service has lost it: it was stopped. (Not by the end of the processes.)
    [[nodiscard]] bool active() const noexcept;
    /// Somebody has set threads of it through the service since it began: those do not go back at its end.
    [[nodiscard]] bool overruled() const noexcept;
    /// What its beginning has done. What could not be set is left alone, which is no error.
    [[nodiscard]] const Changed& changed() const noexcept { return changed_; }

 private:
    int descriptor_ = -1;
    Changed changed_;
};

}  // namespace iopriority
