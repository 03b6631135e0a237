// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The full program, which does everything itself.
#include "cli/line.hpp"

namespace iopriority::cli {

void choose_program(const Line& /*line*/, char** /*argv*/) {}

}  // namespace iopriority::cli
