// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/arguments.hpp"
#include "cli/changes.hpp"
#include "cli/translation.hpp"

namespace iopriority::cli {

namespace {

int run(const Options& options, const Arguments& arguments) {
    return change_each(options, parse_subjects(options, arguments, 0), Priority::none());
}

}  // namespace

const Command reset_command{
    "reset",
    "[--tree] PID... [--unit NAME]",
    translatable("take the priority of processes away again"),
    translatable(R"(The same as "set none": the threads follow their CPU nice value again. The options
are those of set.)"),
    sets_accept,
    false,
    0,
    run};

}  // namespace iopriority::cli
