// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "world.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <stdexcept>

namespace iopriority::test {

namespace {

// Stated here once more on purpose: the tests do not believe the code they test.
constexpr int who_process = 1;
constexpr int class_shift = 13;
constexpr int level_mask = 7;
const std::vector<std::string> class_words{"none", "realtime", "best-effort", "idle"};

std::vector<pid_t> numbers_in(const std::string& directory) {
    std::vector<pid_t> numbers;
    std::error_code error;  // it may have ended
    for (auto entry = std::filesystem::directory_iterator{directory, error};
         !error && entry != std::filesystem::directory_iterator{}; entry.increment(error)) {
        const auto name = entry->path().filename().string();
        if (name.find_first_not_of("0123456789") == std::string::npos) {
            numbers.push_back(std::stoi(name));
        }
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

std::map<std::string, std::string> status_of(const std::string& directory) {
    std::ifstream file{directory + "/status"};
    std::map<std::string, std::string> fields;
    for (std::string line; std::getline(file, line);) {
        const auto colon = line.find(':');
        const auto first = line.find_first_not_of(" \t", colon + 1);
        fields[line.substr(0, colon)] = first == std::string::npos ? "" : line.substr(first);
    }
    return fields;
}

int raw_value(pid_t tid) {
    const auto value = syscall(SYS_ioprio_get, who_process, tid);
    return value < 0 ? -errno : static_cast<int>(value);
}

std::string user_namespace_of(const std::string& process) {
    std::error_code error;  // who has ended has none
    return std::filesystem::read_symlink("/proc/" + process + "/ns/user", error).string();
}

std::optional<Thread> read_thread(pid_t pid, pid_t tid) {
    const auto status = status_of("/proc/" + std::to_string(pid) + "/task/" + std::to_string(tid));
    if (status.empty() || (status.contains("Kthread") && status.at("Kthread") == "1")) {
        return std::nullopt;
    }
    Thread thread{.tid = tid, .pid = pid};
    thread.real_uid = static_cast<uid_t>(std::stoul(status.at("Uid")));  // the first of four
    thread.privileged = std::stoull(status.at("CapPrm"), nullptr, 16) != 0;
    thread.live = status.at("State").front() != 'Z' && status.at("State").front() != 'X';
    thread.nice = getpriority(PRIO_PROCESS, static_cast<id_t>(tid));
    thread.policy = sched_getscheduler(tid);
    thread.value = raw_value(tid);
    return thread;
}

}  // namespace

Level masked(int value) {
    const int io_class = value >> class_shift;
    return {io_class, io_class == 1 || io_class == 2 ? value & level_mask : 0};
}

int kernel_value(const Level& level) {
    return level.io_class << class_shift | level.level;
}

std::string words(const Level& level) {
    const auto& word = class_words.at(static_cast<std::size_t>(level.io_class));
    return level.io_class == 1 || level.io_class == 2 ? word + ':' + std::to_string(level.level) : word;
}

std::string words_of_value(int value) {
    if (value < 0) {
        return "error " + std::to_string(-value);
    }
    if (kernel_value(masked(value)) == value) {
        return words(masked(value));
    }
    std::ostringstream text;
    text << words(masked(value)) << " (0x" << std::hex << value << ')';
    return text.str();
}

World read_world(const std::map<pid_t, std::size_t>& contexts) {
    World world;
    const auto own_space = user_namespace_of("self");
    std::size_t others = contexts.size();  // more than any number of a context in there
    for (const pid_t pid : numbers_in("/proc")) {
        const auto directory = "/proc/" + std::to_string(pid);
        const auto status = status_of(directory);
        if (status.empty()) {
            continue;
        }
        world.processes[pid] = {std::stoi(status.at("PPid")), getpgid(pid)};
        const auto space = user_namespace_of(std::to_string(pid));
        for (const pid_t tid : numbers_in(directory + "/task")) {
            if (auto thread = read_thread(pid, tid)) {
                const auto known = contexts.find(tid);
                thread->apart = !space.empty() && space != own_space;
                thread->member = known != contexts.end();
                thread->context = known != contexts.end() ? known->second : others++;
                world.threads.push_back(*thread);
            }
        }
    }
    return world;
}

std::vector<int> read_values(const World& world) {
    std::vector<int> values;
    std::transform(world.threads.begin(), world.threads.end(), std::back_inserter(values), [](const Thread& thread) {
        const int value = raw_value(thread.tid);
        return value == -ESRCH && !thread.member ? thread.value : value;
    });
    return values;
}

void take_values(World& world, const std::vector<int>& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        world.threads[i].value = values[i];
    }
}

}  // namespace iopriority::test
