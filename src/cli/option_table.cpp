// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/option_table.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace iopriority::cli {

namespace {

constexpr std::array<option, 29> all{{
    {"help", no_argument, nullptr, 'h'},
    {"quiet", no_argument, nullptr, 'q'},
    {"no-ask-password", no_argument, nullptr, code::no_ask_password},
    {"via", required_argument, nullptr, code::via},
    {"version", no_argument, nullptr, 'V'},
    {"tree", no_argument, nullptr, code::tree},
    {"group", required_argument, nullptr, code::group},
    {"unit", required_argument, nullptr, code::unit},
    {"user-unit", required_argument, nullptr, code::user_unit},
    {"user", required_argument, nullptr, code::user},
    {"keep-explicit", no_argument, nullptr, code::keep_explicit},
    {"hold", no_argument, nullptr, code::hold},
    {"udev-rule", no_argument, nullptr, code::udev_rule},
    {"verbose", no_argument, nullptr, 'v'},
    {"json", required_argument, nullptr, code::json},
    {"color", required_argument, nullptr, code::color},
    {"no-legend", no_argument, nullptr, code::no_legend},
    {"host", required_argument, nullptr, 'H'},
    {"dry-run", no_argument, nullptr, code::dry_run},
    {"watch", optional_argument, nullptr, code::watch},
    {"count", required_argument, nullptr, code::count},
    {"interval", required_argument, nullptr, code::interval},
    // of ionice(1)
    {"class", required_argument, nullptr, 'c'},
    {"classdata", required_argument, nullptr, 'n'},
    {"pid", required_argument, nullptr, 'p'},
    {"pgid", required_argument, nullptr, 'P'},
    {"uid", required_argument, nullptr, 'u'},
    {"ignore", no_argument, nullptr, 't'},
    {nullptr, 0, nullptr, 0},
}};

}  // namespace

const option* long_options() noexcept {
    return all.data();
}

std::string name_of(int option) {
    const auto* const found =
        std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.val == option; });
    return std::string{"--"} + found->name;
}

Special special_of(int option) {
    switch (option) {
        case code::tree:
            return Special::tree;
        case code::group:
            return Special::group;
        case code::unit:
        case code::user_unit:
            return Special::unit;
        case code::user:
            return Special::user;
        case code::keep_explicit:
            return Special::keep_explicit;
        case code::hold:
            return Special::hold;
        case code::udev_rule:
            return Special::udev_rule;
        case code::watch:
        case code::count:
            return Special::watch;
        case code::interval:
            return Special::interval;
        default:
            return Special::nothing;
    }
}

std::optional<Named::Kind> kind_of(int option) {
    switch (option) {
        case code::group:
            return Named::Kind::group;
        case code::unit:
            return Named::Kind::unit;
        case code::user_unit:
            return Named::Kind::user_unit;
        case code::user:
            return Named::Kind::user;
        default:
            return std::nullopt;
    }
}

bool is_ionice(int option) {
    return option > 0 && option < code::no_ask_password && option != ':' &&
           std::strchr(ionice_letters, option) != nullptr;
}

}  // namespace iopriority::cli
