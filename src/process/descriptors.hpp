// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// File descriptors reserved for code that cannot do without them.
#pragma once

#include <optional>

#include "values/expected.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::process {

/// From now on pinning and listing fail, as if there were no descriptors, while fewer than this number would be left.
/// 0 at first. For a program whose libraries end it when they get none, as GLib does.
void reserve_descriptors(unsigned number) noexcept;

/// While it lives, what is reserved may be used: for what must be done whether descriptors are short or not.
class UsingReserve : public NotCopyable {
 public:
    UsingReserve() noexcept;
    ~UsingReserve() { reserve_descriptors(before_); }

 private:
    unsigned before_;
};

/// The failure to report to the code that has just opened this descriptor; nothing if enough are left. (The kernel
/// returns the lowest free number, so at least that many are in use.)
[[nodiscard]] std::optional<Failure> too_many_descriptors(int newest);

}  // namespace iopriority::process
