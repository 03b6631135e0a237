// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The text of the authentication dialog.
#pragma once

#include <map>
#include <string>

#include "engine/target.hpp"
#include "policy/authority.hpp"

namespace iopriority::service {

/// A whole sentence, in which polkit replaces $(key) with the details. polkit translates it into the language of the
/// person who is asked, so it is the same for all targets of a kind.
[[nodiscard]] const char* prompt(const engine::TargetName& name);

/// "idle", "best-effort, level 0 (first)": the wording for the sentence.
[[nodiscard]] std::string in_words(Priority priority);

/// What is known about the target, for the sentence and for polkit rules. All untrusted text is sanitised for a prompt.
/// @param owner the name of its user; ignored if it belongs to several
[[nodiscard]] std::map<std::string, std::string> details(const engine::TargetName& name, const std::string& owner);

}  // namespace iopriority::service
