// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// /proc/PID/stat: as any text, and with a name of the process's choice.
#include <string>

#include "expect.hpp"
#include "process/proc_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace iopriority;
    using fuzz::expect;
    const fuzz::Input input(data, size);
    if (const auto stat = process::parse_stat(input.rest())) {
        expect(stat->state != ' ' && stat->state != '\t', "a state is a letter");
        expect(input.rest().find(std::to_string(stat->start_ticks)) != std::string_view::npos, "nothing is made up");
    }
    expect(input.rest().find(process::name_in_stat(input.rest())) != std::string_view::npos, "a name is of the text");
    const auto named =
        process::parse_stat("812 (" + std::string(input.rest()) +
                            ") S 700 811 810 34816 812 4194304 115 0 0 0 1 2 0 0 20 0 1 0 3631221 2748416 342\n");
    expect(named && named->state == 'S' && named->parent == 700 && named->group == 811 && named->flags == 4194304 &&
               named->start_ticks == 3631221,
           "a name changes nothing else");
    return 0;
}
