// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What a command found out: for programs, or as a table for people.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/table.hpp"

namespace iopriority::cli {

/// Names stand in the order in which they were put in. A name that was given out keeps its meaning. Texts are shown as
/// they are: they are fit for terminals before they come here.
using Json = nlohmann::ordered_json;

/// One line, or as many as it takes, ended by a newline.
[[nodiscard]] std::string json_text(const Json& json, JsonStyle style);

/// In place of the record of a target.
[[nodiscard]] Json failure_record(const std::string& target, const Error& error);

/// Prints the records where JSON is wanted, else the table.
void print(const Options& options, const Json& records, const Table& table);

}  // namespace iopriority::cli
