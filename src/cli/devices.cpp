// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/devices.hpp"

#include <iostream>

#include "cli/json.hpp"
#include "cli/messages.hpp"
#include "cli/table.hpp"
#include "cli/translation.hpp"

namespace iopriority::cli {

namespace {

int run(const Options& options, const Arguments& arguments) {
    if (!arguments.empty()) {
        throw UsageError(tr("argument %1: %2 takes none", shown(arguments.front()), "devices"));
    }
    Table table({{"DEVICE"}, {"SCHEDULER"}, {"HONOURS"}});
    std::vector<Record> records;
    for (const auto& device : options.client().devices(options.call())) {
        const std::string honours(kernel::to_string(device.honours));
        table.add({device.name, device.scheduler, honours});
        records.push_back({{"device", device.name}, {"scheduler", device.scheduler}, {"honours", honours}});
    }
    std::cout << (options.json != JsonStyle::none ? to_json(records, options.json) : table.to_string(titles(options)));
    return exit_ok;
}

}  // namespace

const Command devices_command{
    "devices",
    "",
    translatable("show which disks honour priorities"),
    translatable(R"(That is up to the I/O scheduler of each block device: bfq honours all, mq-deadline
the classes but not the levels, none and kyber nothing. To see or change it:
/sys/block/DEVICE/queue/scheduler.)"),
    Special::json | Special::host,
    false,
    0,
    run};

}  // namespace iopriority::cli
