// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The short texts of /proc: the number of a pidfd, a map of user ids, the name of a directory, counters of traffic, a
/// control group.
#include <string>
#include <vector>

#include "expect.hpp"
#include "process/proc_text.hpp"

namespace {

using namespace iopriority;
using fuzz::expect;

std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> all(1);
    for (const char c : text) {
        if (c != ' ' && c != '\t' && c != '\n') {
            all.back() += c;
        } else if (!all.back().empty()) {
            all.emplace_back();
        }
    }
    if (all.back().empty()) {
        all.pop_back();
    }
    return all;
}

void check_control_group(std::string_view text) {
    fuzz::Input input(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());  // NOLINT(*-reinterpret-cast)
    const auto path = input.line();
    const auto name = input.line();
    const bool below = process::is_in_control_group(input.rest(), path, name);
    if (below) {
        expect(path.size() > 1 && path.front() == '/', "the root is no unit");
        expect(input.rest().find(path) != std::string_view::npos, "the path is there");
        expect(name.empty() || input.rest().find(name) != std::string_view::npos, "the name is there");
        expect(process::is_in_control_group(input.rest(), path), "a name only narrows");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const fuzz::Input input(data, size);
    const auto text = input.rest();
    if (const auto pid = process::parse_fdinfo_pid(text)) {
        expect(text.find(std::to_string(*pid < 0 ? -static_cast<long>(*pid) : *pid)) != std::string_view::npos ||
                   *pid == 0,
               "the number of a pidfd is there");
        expect(text.find("Pid:") != std::string_view::npos && text.find('\n') != std::string_view::npos,
               "in a whole line");
    }
    if (const auto id = process::only_mapped_id(text)) {
        const auto found = words(text);
        expect(found.size() == 3 && std::stoull(found[1]) == *id && std::stoull(found[2]) == 1,
               "a map of one id is one line, and has that id");
    }
    if (const auto pid = process::parse_pid(text)) {
        expect(*pid > 0 && text.find_first_not_of("0123456789") == std::string_view::npos, "digits alone");
    }
    if (const auto io = process::parse_io(text)) {
        for (const auto number : {io->read, io->written, io->cancelled}) {
            expect(text.find(std::to_string(number)) != std::string_view::npos, "no counter is made up");
        }
    }
    check_control_group(text);
    return 0;
}
