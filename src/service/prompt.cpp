// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/prompt.hpp"

#include "values/text.hpp"
#include "values/translatable.hpp"

namespace iopriority::service {

using targets::TargetName;
using values::translatable;

const char* prompt(const TargetName& name) {
    const bool one = name.uid.has_value();
    switch (name.kind) {
        case TargetName::Kind::tree:
            return one ? translatable(
                             "Authentication is required to set the I/O priority of process $(pid) and its descendants "
                             "of user $(target-user) to $(io-class).")
                       : translatable(
                             "Authentication is required to set the I/O priority of process $(pid) and its descendants "
                             "of several users to $(io-class).");
        case TargetName::Kind::group:
            return one ? translatable(
                             "Authentication is required to set the I/O priority of process group $(group) of user "
                             "$(target-user) to $(io-class).")
                       : translatable(
                             "Authentication is required to set the I/O priority of process group $(group) of several "
                             "users to $(io-class).");
        case TargetName::Kind::unit:
            return one ? translatable(
                             "Authentication is required to set the I/O priority of unit $(unit) of user "
                             "$(target-user) to $(io-class).")
                       : translatable(
                             "Authentication is required to set the I/O priority of unit $(unit) of several users to "
                             "$(io-class).");
        case TargetName::Kind::user:
            return translatable(
                "Authentication is required to set the I/O priority of all processes of user $(target-user) to "
                "$(io-class).");
        case TargetName::Kind::unset_of_user:
            return translatable(
                "Authentication is required to set the I/O priority of all processes without a priority of their own "
                "of user $(target-user) to $(io-class).");
        case TargetName::Kind::process:
            break;
    }
    return translatable(
        "Authentication is required to set the I/O priority of $(program) (process $(pid)) of user $(target-user) to "
        "$(io-class).");
}

std::map<std::string, std::string> details(const TargetName& name, const std::string& owner) {
    std::map<std::string, std::string> details;
    if (name.uid) {
        details.emplace("target-uid", std::to_string(*name.uid));
        details.emplace("target-user", values::sanitised_for_prompt(owner));
    }
    if (name.pid != 0) {
        details.emplace("pid", std::to_string(name.pid));
    }
    if (!name.program.empty()) {
        details.emplace("program", values::sanitised_for_prompt(name.program));
    }
    if (name.kind == TargetName::Kind::group) {
        details.emplace("group", name.id);
    }
    if (name.kind == TargetName::Kind::unit) {
        details.emplace("unit", values::sanitised(name.id));  // of the few characters that such names are of
    }
    return details;
}

}  // namespace iopriority::service
