// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Names and schedulers of block devices.
#include <string>

#include "expect.hpp"
#include "storage/devices.hpp"
#include "values/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace iopriority;
    using fuzz::expect;
    const fuzz::Input input(data, size);
    constexpr std::size_t longest = 64;
    const auto scheduler = storage::active_scheduler(input.rest());
    expect(!scheduler.empty() && scheduler.size() <= longest, "a scheduler has a name");
    expect(scheduler.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
               std::string::npos,
           "of letters, digits, - and _");
    expect(scheduler == "none" || input.rest().find('[' + scheduler + ']') != std::string_view::npos,
           "that stands in brackets");
    expect(storage::to_string(storage::honoured_by(scheduler)) != "", "what it honours has a name");
    const auto name = storage::device_name(input.rest());
    expect(name.size() <= longest && values::sanitised(name) == name, "a device has a harmless name");
    expect(name.find('!') == std::string::npos, "as below /dev");
    return 0;
}
