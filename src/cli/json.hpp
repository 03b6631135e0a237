// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The output of a command: JSON for programs, or a table for people.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/table.hpp"

namespace iopriority::cli {

/// Names keep the order in which they were inserted. A published name keeps its meaning. Texts are printed as
/// they are: they are made safe for terminals before they get here.
using Json = nlohmann::ordered_json;

/// One line, or as many as needed, with a newline at the end.
[[nodiscard]] std::string json_text(const Json& json, JsonStyle style);

/// Takes the place of the record of a target that failed.
[[nodiscard]] Json failure_record(const std::string& target, const Error& error);

/// Prints the records if JSON was asked for, otherwise the table.
void print(const Options& options, const Json& records, const Table& table);

}  // namespace iopriority::cli
