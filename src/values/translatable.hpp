// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Texts that are translated elsewhere or later.
#pragma once

namespace iopriority::values {

/// The gettext domain of all texts of this project.
inline constexpr const char* translation_domain = "iopriority";

/// Marks a text for xgettext (scripts/update-translations), and returns it unchanged.
[[nodiscard]] constexpr const char* translatable(const char* text) noexcept {
    return text;
}

}  // namespace iopriority::values
