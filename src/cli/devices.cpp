// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/devices.hpp"

#include <iostream>

#include "cli/messages.hpp"
#include "cli/table.hpp"

namespace iopriority::cli {

namespace {

int run(const Options& options, const Arguments& arguments) {
    if (!arguments.empty()) {
        throw UsageError("argument " + shown(arguments.front()) + ": devices takes none");
    }
    Table table({{"DEVICE"}, {"SCHEDULER"}, {"HONOURS"}});
    for (const auto& device : Client().devices(options.call())) {
        table.add({device.name, device.scheduler, std::string(kernel::to_string(device.honours))});
    }
    std::cout << table.to_string();
    return exit_ok;
}

}  // namespace

const Command devices_command{"devices",
                              "",
                              "show which disks honour priorities",
                              R"(That is up to the I/O scheduler of each block device: bfq honours all, mq-deadline
the classes but not the levels, none and kyber nothing. To see or change it:
/sys/block/DEVICE/queue/scheduler.)",
                              Special::nothing,
                              false,
                              0,
                              run};

}  // namespace iopriority::cli
