// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/json.hpp"

#include <nlohmann/json.hpp>

namespace iopriority::cli {

namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Record& record);

Json json_of(const std::vector<Record>& records) {
    auto all = Json::array();
    for (const auto& record : records) {
        all.push_back(json_of(record));
    }
    return all;
}

Json json_of(const Value& value) {
    return std::visit(
        [](const auto& content) -> Json {
            using Content = std::decay_t<decltype(content)>;
            if constexpr (std::is_same_v<Content, std::monostate>) {
                return nullptr;
            } else if constexpr (std::is_same_v<Content, std::vector<Record>>) {
                return json_of(content);
            } else {
                return content;
            }
        },
        value.content);
}

Json json_of(const Record& record) {
    auto object = Json::object();
    for (const auto& [name, value] : record) {
        object[name] = json_of(value);
    }
    return object;
}

std::string text_of(const Json& json, JsonStyle style) {
    constexpr int indent = 4;
    return json.dump(style == JsonStyle::pretty ? indent : -1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace

std::string to_json(const Record& record, JsonStyle style) {
    return text_of(json_of(record), style);
}

std::string to_json(const std::vector<Record>& records, JsonStyle style) {
    return text_of(json_of(records), style);
}

}  // namespace iopriority::cli
