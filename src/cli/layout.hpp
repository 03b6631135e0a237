// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Text on a terminal: how wide it is, and where its lines break.
#pragma once

#include <string>
#include <string_view>

namespace iopriority::cli {

/// Cells of a terminal: two for a wide character, as those of Chinese and Japanese; by the locale, in which one that
/// is not UTF-8 counts each character as one.
[[nodiscard]] std::size_t width(std::string_view text);

/// With line breaks between words so that it fits a terminal, and a newline at its end. Wide characters stand without
/// blanks: a line may break before each but closing ones.
[[nodiscard]] std::string wrapped(std::string_view text);

}  // namespace iopriority::cli
