// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The text of the password dialog.
#pragma once

#include <map>
#include <string>

#include "engine/target.hpp"
#include "policy/authority.hpp"

namespace iopriority::service {

/// A whole sentence, in which polkit puts the details in place of $(key): it is translated by polkit, into the language
/// of whoever is asked, and so the same for all targets of a kind.
[[nodiscard]] const char* prompt(const engine::TargetName& name);

/// "idle", "best-effort, level 0 (first)": as the sentence has it.
[[nodiscard]] std::string in_words(Priority priority);

/// What is known of the target, for the sentence and for rules. All that others chose is fit for a prompt.
/// @param owner the name of its user; ignored if it belongs to several
[[nodiscard]] std::map<std::string, std::string> details(const engine::TargetName& name, const std::string& owner);

}  // namespace iopriority::service
