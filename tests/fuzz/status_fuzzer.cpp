// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// /proc/PID/status: as any text, cut off anywhere, and with a name of the process's choice.
#include <string>

#include "expect.hpp"
#include "process/proc_text.hpp"

namespace {

using namespace iopriority;
using fuzz::expect;

bool same(const process::ProcStatus& a, const process::ProcStatus& b) {
    return a.real_uid == b.real_uid && a.permitted == b.permitted && a.pid_namespaces == b.pid_namespaces &&
           a.process == b.process && a.parent == b.parent;
}

/// As the kernel writes a name: newlines and backslashes escaped.
std::string escaped(std::string_view name) {
    std::string out;
    for (const char c : name) {
        out += c == '\n' ? std::string("\\n") : c == '\\' ? std::string("\\\\") : std::string{c};
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const auto cut = input.number();
    const auto text = input.rest();
    const auto whole = process::parse_status(text);
    const auto part = process::parse_status(text.substr(0, cut % (text.size() + 1)));
    expect(!part || (whole && same(*part, *whole)), "text that is cut off is refused or reads the same");
    const auto named = process::parse_status("Name:\t" + escaped(text) +
                                             "\nTgid:\t812\nPPid:\t700\nUid:\t1000\t0\t0\t0\nNSpid:\t812\t5\n"
                                             "CapPrm:\t00000000000000ff\n");
    expect(named && same(*named, {1000, 0xFF, 2, 812, 700}), "a name changes nothing else");
    return 0;
}
