// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Texts that others translate, or that are translated later.
#pragma once

namespace iopriority::values {

/// Where the translations of all texts of this project are found: its domain in the words of gettext.
inline constexpr const char* translation_domain = "iopriority";

/// Marks a text for xgettext (scripts/update-translations), and is that text.
[[nodiscard]] constexpr const char* translatable(const char* text) noexcept {
    return text;
}

}  // namespace iopriority::values
