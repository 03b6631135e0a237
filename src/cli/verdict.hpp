// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Whether an I/O priority does anything, in words.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/looking.hpp"

namespace iopriority::cli {

enum class Verdict : std::uint8_t {
    acts,           ///< classes and levels, everywhere
    acts_by_class,  ///< everywhere, but levels only where the scheduler is bfq, if anywhere
    acts_partly,    ///< on some of the disks
    does_nothing,
};

[[nodiscard]] Verdict judge(const std::vector<Place>& places);

/// Each queue once.
[[nodiscard]] std::vector<kernel::Queue> queues_of(const std::vector<Place>& places);

/// The way down, the disks, the verdict and what else is to be known: some lines, without advice.
[[nodiscard]] std::string report(const Looked& looked);

}  // namespace iopriority::cli
