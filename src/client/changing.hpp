// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Setting all threads of one or several processes from inside the calling one.
#pragma once

#include <functional>
#include <string>

#include "kernel/threads.hpp"
#include "targets/target.hpp"
#include "values/expected.hpp"

namespace iopriority::client {

/// A process in words, such as "process 812 (rsync)": asked for where something failed, since it takes reading.
using Label = std::function<std::string()>;

/// Runs the rule of kernel::ThreadSetter, with its second round (which waits 20 ms) where the threads do not stand
/// still. Answers how many threads read back as wanted. If the kernel refuses one, what was changed is changed back,
/// and the failure is access_denied for EPERM.
[[nodiscard]] Expected<unsigned> change_threads(kernel::ThreadGroup& threads, Priority wanted, const Label& label);

/// Sets several processes, with the second round. If the kernel refuses a thread with EPERM, what was changed is
/// changed back, and the failure is access_denied.
[[nodiscard]] Expected<targets::Outcome> change_several(targets::Target& several, Priority wanted);

}  // namespace iopriority::client
