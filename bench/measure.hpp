// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What the parts of `measure` share: words of the command line in, samples as JSON out.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace iopriority::bench {

using Clock = std::chrono::steady_clock;
using Words = std::vector<std::string>;
/// Nanoseconds.
using Samples = std::vector<std::int64_t>;

/// Throws with errno's words if ok is false.
void check(bool ok, const std::string& what);

/// Nanoseconds since boot, the same clock in all processes (CLOCK_MONOTONIC).
[[nodiscard]] std::int64_t now();

/// The words of a text, separated by a character.
[[nodiscard]] Words split(const std::string& text, char separator);

/// "--name VALUE" taken out of the words, or what is given instead.
[[nodiscard]] std::string take_option(Words& words, const std::string& name, const std::string& otherwise);
[[nodiscard]] unsigned take_number(Words& words, const std::string& name, unsigned otherwise);

/// One JSON object of arrays of numbers, on standard output.
void print(const std::map<std::string, Samples>& samples);

// The commands: each takes what stands behind its name.
int compare(Words words);
int crowd(Words words);
int hold(Words words);
int read_disk(Words words);
int processes(Words words);
int wait_beside(Words words);
int call_once(Words words);

}  // namespace iopriority::bench
