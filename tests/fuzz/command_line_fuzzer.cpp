// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The command line of ioprioctl: one word a line.
#include <algorithm>
#include <string>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/line.hpp"
#include "expect.hpp"

namespace {

using namespace iopriority;
using fuzz::expect;

void check_message(std::string_view message) {
    expect(!message.empty(), "a refusal says why");
    expect(std::none_of(message.begin(), message.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7F; }),
           "a refusal moves no cursor");
}

template <typename Call>
void refused_or(Call call) {
    try {
        call();
    } catch (const cli::UsageError& error) {
        check_message(error.what());
    } catch (const NoSuchProcess& error) {  // of an empty word
        check_message(error.what());
    }
}

void check_word(const std::string& word) {
    refused_or([&] { expect(cli::parse_pid(word) > 0, "a process id is positive"); });
    refused_or([&] {
        const auto uid = cli::parse_uid(word);
        expect(!uid || *uid != static_cast<uid_t>(-1), "a user id is somebody's");
    });
    refused_or([&] { static_cast<void>(cli::parse_priority(word)); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    std::vector<std::string> words{"ioprioctl"};
    while (!input.empty()) {
        std::string word(input.line());
        std::replace(word.begin(), word.end(), '\0', '0');  // no word of a command line has one
        check_word(word);
        words.push_back(word);
    }
    refused_or([&] {
        cli::Line line;
        line.read(words);
        expect(line.command != nullptr || line.help || line.version, "a line that is understood says something");
        expect(line.arguments.size() < words.size(), "arguments come from the line");
        for (const auto& argument : line.arguments) {
            expect(std::find(words.begin(), words.end(), argument) != words.end(), "and are as they stood there");
        }
    });
    return 0;
}
