// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/json.hpp"

#include <iostream>

#include "cli/messages.hpp"
#include "values/text.hpp"

namespace iopriority::cli {

std::string json_text(const Json& json, JsonStyle style) {
    constexpr int indent = 4;
    return json.dump(style == JsonStyle::pretty ? indent : -1, ' ', false, Json::error_handler_t::replace) + '\n';
}

Json failure_record(const std::string& target, const Error& error) {
    constexpr std::size_t longest = 2048;
    return {{"target", target}, {"error", error.name()}, {"message", values::sanitised(error.what(), longest)}};
}

void print(const Options& options, const Json& records, const Table& table) {
    std::cout << (options.json != JsonStyle::none ? json_text(records, options.json)
                                                  : table.to_string(titles(options)));
}

}  // namespace iopriority::cli
