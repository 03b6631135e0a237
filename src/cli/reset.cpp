// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/arguments.hpp"
#include "cli/changes.hpp"

namespace iopriority::cli {

namespace {

int run(const Options& options, const Arguments& arguments) {
    return change_processes(options, parse_pids(arguments, 0), Priority::none());
}

}  // namespace

const Command reset_command{"reset",
                            "PID...",
                            "take the priority of processes away again",
                            R"(The same as "set none": the threads follow their CPU nice value again.)",
                            false,
                            0,
                            run};

}  // namespace iopriority::cli
