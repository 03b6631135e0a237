// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/arguments.hpp"
#include "cli/changes.hpp"
#include "cli/translation.hpp"

namespace iopriority::cli {

namespace {

int run(const Options& options, const Arguments& arguments) {
    constexpr std::size_t wanted_arguments = 2;
    if (arguments.size() != wanted_arguments) {
        throw UsageError(arguments.size() < wanted_arguments ? tr("no priority or no user") : tr("more than one user"));
    }
    const auto wanted = parse_leading_priority(arguments);
    const auto uid = find_user(arguments.back(), options);
    const auto user = Target::user(uid);
    return change_each(options, {{options.keep_explicit ? user.keeping_explicit() : user, user_form, user_name(uid)}},
                       wanted);
}

}  // namespace

const Command set_user_command{
    "set-user",
    "CLASS[:LEVEL] [--keep-explicit] USER",
    translatable("set all processes that a user has now"),
    translatable(R"(USER is a name or a number. What the user starts afterwards is covered only as far
as a process that was set starts it; a new login is not. Of root's processes,
process 1 and the threads of the kernel are left alone.

  --keep-explicit   leave threads that carry a priority of their own)"),
    Special::keep_explicit | Special::json | Special::dry_run | Special::host,
    false,
    0,
    run};

}  // namespace iopriority::cli
