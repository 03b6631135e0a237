// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Reads at random places of a device or file, without cache: as a program that waits for its disk.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <thread>

#include "measure.hpp"

namespace iopriority::bench {

namespace {

struct Log {
    Samples begins;
    Samples times;
};

struct Place {
    int fd;
    std::uint64_t size;
    std::size_t block;
};

void read_until(const Place& from, std::int64_t end, unsigned seed, Log& log) {
    constexpr std::size_t alignment = 4096;
    const auto block = from.block;
    const std::unique_ptr<void, void (*)(void*)> buffer(std::aligned_alloc(alignment, block), std::free);
    std::mt19937_64 random(seed);
    std::uniform_int_distribution<std::uint64_t> place(0, from.size / block - 1);
    while (true) {
        const auto begin = now();
        if (begin >= end) {
            return;
        }
        const auto got = pread(from.fd, buffer.get(), block, static_cast<off_t>(place(random) * block));
        check(got == static_cast<ssize_t>(block), "reading the device");
        log.begins.push_back(begin);
        log.times.push_back(now() - begin);
    }
}

}  // namespace

int read_disk(Words words) {
    const auto threads = std::stoul(words.at(1));
    const auto end = now() + static_cast<std::int64_t>(std::stod(words.at(2)) * 1e9);
    const Place from{std::stoi(words.at(0)), std::stoull(words.at(3)), std::stoul(words.at(4))};
    std::vector<Log> logs(threads);
    std::vector<std::thread> others;
    for (unsigned i = 1; i < threads; ++i) {
        others.emplace_back([&, i] { read_until(from, end, i, logs[i]); });
    }
    std::cout << "ready" << std::endl;
    read_until(from, end, 0, logs[0]);
    for (auto& other : others) {
        other.join();
    }
    for (std::size_t i = 1; i < logs.size(); ++i) {
        logs[0].begins.insert(logs[0].begins.end(), logs[i].begins.begin(), logs[i].begins.end());
        logs[0].times.insert(logs[0].times.end(), logs[i].times.begin(), logs[i].times.end());
    }
    print({{"begin", logs[0].begins}, {"time", logs[0].times}});
    return 0;
}

}  // namespace iopriority::bench
