// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What a command found out, for programs.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cli/command.hpp"

namespace iopriority::cli {

struct Value;
/// Named values, in the order in which they are printed. A name that was given out keeps its meaning.
using Record = std::vector<std::pair<std::string, Value>>;

/// Texts are shown as they are: they are fit for terminals before they come here.
struct Value {
    std::variant<std::monostate, bool, std::int64_t, std::string, std::map<std::string, unsigned>,
                 std::vector<std::string>, std::vector<Record>>
        content;

    Value() = default;                                                           // NOLINT(*-explicit-*)
    Value(bool value) : content(value) {}                                        // NOLINT(*-explicit-*)
    Value(std::int64_t value) : content(value) {}                                // NOLINT(*-explicit-*)
    Value(int value) : content(std::int64_t{value}) {}                           // NOLINT(*-explicit-*)
    Value(unsigned value) : content(std::int64_t{value}) {}                      // NOLINT(*-explicit-*)
    Value(const char* value) : content(std::string(value)) {}                    // NOLINT(*-explicit-*)
    Value(std::string value) : content(std::move(value)) {}                      // NOLINT(*-explicit-*)
    Value(std::map<std::string, unsigned> value) : content(std::move(value)) {}  // NOLINT(*-explicit-*)
    Value(std::vector<std::string> value) : content(std::move(value)) {}         // NOLINT(*-explicit-*)
    Value(std::vector<Record> value) : content(std::move(value)) {}              // NOLINT(*-explicit-*)
};

/// One line, or as many as it takes, ended by a newline.
[[nodiscard]] std::string to_json(const Record& record, JsonStyle style);
/// The same for a list of them.
[[nodiscard]] std::string to_json(const std::vector<Record>& records, JsonStyle style);

}  // namespace iopriority::cli
