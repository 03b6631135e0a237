// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/bus_options.hpp"

#include <algorithm>
#include <string_view>

#include "values/text.hpp"

namespace iopriority::service {

namespace {

bool* place_of(std::string_view key, BusOptions& options) {
    if (key == "interactive") {
        return &options.interactive;
    }
    if (key == "descendants") {
        return &options.descendants;
    }
    if (key == "keep-explicit") {
        return &options.keep_explicit;
    }
    return key == "user" ? &options.user_manager : nullptr;
}

std::string listed(std::initializer_list<const char*> known) {
    std::string text;
    for (const char* key : known) {
        text += (text.empty() ? "\"" : ", \"") + std::string(key) + "\"";
    }
    return text;
}

}  // namespace

Expected<BusOptions> read_options(const std::map<std::string, sdbus::Variant>& options,
                                  std::initializer_list<const char*> known) {
    BusOptions read;
    for (const auto& [key, value] : options) {
        constexpr std::size_t longest = 40;
        const auto* const found =
            std::find_if(known.begin(), known.end(), [&key = key](const char* each) { return key == each; });
        bool* place = found != known.end() ? place_of(key, read) : nullptr;
        if (place == nullptr) {
            return Failure{ErrorCode::invalid_argument, "option \"" + values::sanitised_for_prompt(key, longest) +
                                                            "\" is not known here: use " + listed(known)};
        }
        if (!value.containsValueOfType<bool>()) {
            return Failure{ErrorCode::invalid_argument, "option \"" + key + "\" must be a boolean (b), not \"" +
                                                            std::string(value.peekValueType()) + "\""};
        }
        *place = value.get<bool>();
    }
    return read;
}

}  // namespace iopriority::service
