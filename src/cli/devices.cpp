// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "storage/devices.hpp"

#include "cli/arguments.hpp"
#include "cli/json.hpp"
#include "cli/table.hpp"
#include "cli/translation.hpp"

namespace iopriority::cli {

namespace {

int run(const Options& options, const Arguments& arguments) {
    refuse_arguments(arguments, "devices");
    Table table({{"DEVICE"}, {"SCHEDULER"}, {"HONOURS"}});
    auto records = Json::array();
    for (const auto& device : options.client().devices(options.call())) {
        const std::string honours(storage::to_string(device.honours));
        table.add({device.name, device.scheduler, honours});
        records.push_back({{"device", device.name}, {"scheduler", device.scheduler}, {"honours", honours}});
    }
    print(options, records, table);
    return exit_ok;
}

}  // namespace

const Command devices_command{
    "devices",
    "",
    translatable("show which disks honour priorities"),
    translatable("The I/O scheduler of each block device decides: bfq honours classes and levels, mq-deadline only the "
                 "classes, none and kyber nothing. To see or change it: /sys/block/DEVICE/queue/scheduler."),
    Special::json | Special::host | Special::table | Special::via,
    run};

}  // namespace iopriority::cli
