// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A priority that lasts until its holder ends.
#pragma once

#include <utility>

#include <iopriority/details.hpp>
#include <iopriority/export.hpp>

namespace iopriority {

/// A hold of the service: while it exists, what a target names has the requested priority; when it is released, the
/// service restores what was set before, thread by thread. It is released by release(), by the destructor, and by the
/// end of the process that has it, however that ends. What starts meanwhile inherits the priority and goes back with
/// the rest, except a process whose parent ended before the service had seen both (it looks once a second).
///
/// It is a descriptor: copies of it (dup(2), a child of fork(2), SCM_RIGHTS) hold as well; it ends with the last one.
/// Programs that this process executes do not get it (close-on-exec).
class IOPRIORITY_API Hold {
 public:
    /// Holds nothing.
    Hold() noexcept = default;
    /// Takes over a hold's descriptor, such as one that another process has passed on; a negative one holds nothing.
    explicit Hold(int descriptor) noexcept : descriptor_(descriptor) {}
    /// The same, with what its beginning has done.
    Hold(int descriptor, Changed&& changed) noexcept : descriptor_(descriptor), changed_(std::move(changed)) {}
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    /// The other one then holds nothing; what this one held is released.
    ///@{
    Hold(Hold&& other) noexcept : descriptor_(other.detach()), changed_(std::move(other.changed_)) {}
    Hold& operator=(Hold&& other) noexcept;
    ///@}
    ~Hold() { release(); }

    /// Ends it now.
    void release() noexcept;
    /// Passes the descriptor to the caller, who has to close it.
    [[nodiscard]] int detach() noexcept;

    /// The descriptor, to pass on or to poll: POLLIN: it is overruled; POLLHUP: it is lost. -1 if nothing is held.
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
    /// False if nothing is held, or if the service has lost it: it was stopped. (Not by the end of the processes.)
    [[nodiscard]] bool active() const noexcept;
    /// Somebody has set held threads through the service since it began: those are not restored at its end.
    [[nodiscard]] bool overruled() const noexcept;
    /// What its beginning has done. What could not be set is left alone, which is no error.
    [[nodiscard]] const Changed& changed() const noexcept { return changed_; }

 private:
    int descriptor_ = -1;
    Changed changed_;
};

}  // namespace iopriority
