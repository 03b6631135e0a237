// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The options of the line, for getopt, and what each is about.
#pragma once

#include <getopt.h>

#include <optional>
#include <string>

#include "cli/command.hpp"

namespace iopriority::cli {

/// What getopt finds of an option that has no letter.
namespace code {
enum : int {
    no_ask_password = 256,
    via,
    tree,
    group,
    unit,
    user_unit,
    user,
    keep_explicit,
    hold,
    udev_rule,
    json,
    color,
    no_legend,
    dry_run,
    watch,
    count,
    interval
};
}  // namespace code

/// For getopt; "+" and ":" of getopt stand before them.
inline constexpr const char* option_letters = "hqvjVH:";
/// Of ionice(1).
inline constexpr const char* ionice_letters = "c:n:p:P:u:t";

/// All that have a name, as getopt_long takes them.
[[nodiscard]] const option* long_options() noexcept;

/// "--json". @param option a letter, or one of the codes; it has to be in the table.
[[nodiscard]] std::string name_of(int option);
/// Which commands accept it, where that is not every one.
[[nodiscard]] Special special_of(int option);
/// What its value names, where it names something.
[[nodiscard]] std::optional<Named::Kind> kind_of(int option);
/// Whether it is one of ionice(1).
[[nodiscard]] bool is_ionice(int option);

}  // namespace iopriority::cli
