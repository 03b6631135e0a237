// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// measure - times calls to the service, and what they are compared with. Prints JSON; scripts/bench makes sense of it.
//
//   measure compare [--rounds N] [--warm N] [--as USER] [--cpu CALLS] [--blocks N] OPERATION...
//       one after the other, N times over: A B C, B C A, ...; then the service's processor time of so many calls of
//       each, in N blocks (10), as "cpu.NAME"
//   measure crowd [--connections K] [--rounds N] [--window MS] ping|get|set...
//       throughput of K connections at once
//   measure hold COUNT         holds itself that many times until its input ends
//   measure processes COUNT    starts that many children, in a group of their own, which live until its input ends
//   measure wait ping|get      calls again and again until its input ends; prints when, and how long each took
//   measure call OPERATION...  runs operations once; prints the moments before and after
//   measure read FD THREADS SECONDS SIZE BLOCK
//       reads at random places, past the cache if FD is opened so; prints when, and how long each took
//
// OPERATION is described in operations.hpp.

#include "measure.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <iostream>
#include <sstream>

namespace iopriority::bench {

void check(bool ok, const std::string& what) {
    if (!ok) {
        throw std::system_error(errno, std::generic_category(), what);
    }
}

std::int64_t now() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

Words split(const std::string& text, char separator) {
    Words words;
    std::istringstream stream{text};
    for (std::string word; std::getline(stream, word, separator);) {
        words.push_back(word);
    }
    return words;
}

std::string take_option(Words& words, const std::string& name, const std::string& otherwise) {
    const auto at = std::find(words.begin(), words.end(), name);
    if (at == words.end()) {
        return otherwise;
    }
    if (at + 1 == words.end()) {
        throw std::runtime_error(name + " needs a value");
    }
    auto value = *(at + 1);
    words.erase(at, at + 2);
    return value;
}

unsigned take_number(Words& words, const std::string& name, unsigned otherwise) {
    return static_cast<unsigned>(std::stoul(take_option(words, name, std::to_string(otherwise))));
}

void print(const std::map<std::string, Samples>& samples) {
    const char* between = "{";
    for (const auto& [name, values] : samples) {
        std::cout << between << '"' << name << "\":[";
        between = ",\n";
        for (std::size_t i = 0; i < values.size(); ++i) {
            std::cout << (i > 0 ? "," : "") << values[i];
        }
        std::cout << ']';
    }
    std::cout << (samples.empty() ? "{}\n" : "}\n") << std::flush;
}

}  // namespace iopriority::bench

int main(int argc, char** argv) {
    using namespace iopriority::bench;  // NOLINT(google-build-using-namespace)
    const std::map<std::string, int (*)(Words)> commands{
        {"compare", compare},  {"crowd", crowd},         {"hold", hold},     {"read", read_disk},
        {"wait", wait_beside}, {"processes", processes}, {"call", call_once}};
    try {
        const auto command = argc > 1 ? commands.find(argv[1]) : commands.end();
        if (command == commands.end()) {
            throw std::runtime_error("no such command; the head of measure.cpp lists them");
        }
        return command->second(Words(argv + 2, argv + argc));
    } catch (const std::exception& error) {
        std::cerr << "measure: " << error.what() << '\n';
        return 1;
    }
}
