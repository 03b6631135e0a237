// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Answers and what they must be. Each function says what is wrong, a line each; nothing is wrong: an empty text.
#pragma once

#include <string>
#include <vector>

#include "calls.hpp"
#include "oracle.hpp"

namespace iopriority::test {

[[nodiscard]] std::string compare_answer(const Outcome& outcome, const Expectation& expected);
/// What polkit was asked.
[[nodiscard]] std::string compare_asked(const std::vector<std::string>& asked, const Expectation& expected);

}  // namespace iopriority::test
