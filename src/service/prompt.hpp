// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What is said of a question to polkit: in the dialog, to polkit rules, and to the caller.
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

/// "process 812 (rsync) belongs to root", "user 0 (root)"
[[nodiscard]] std::string whose(const engine::TargetName& name, const std::string& owner);

/// Why a request was not granted.
/// @param needs the beginning of the sentence: whose the target is, and which action the request needs
/// @param could_ask the caller has allowed a dialog
[[nodiscard]] Failure refusal(const std::string& needs, const policy::Answer& answer, bool could_ask);

}  // namespace iopriority::service
