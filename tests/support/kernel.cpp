// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel.hpp"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include "private_bus.hpp"

namespace iopriority::test {

namespace {

// ioprio_set(2); stated here once more on purpose: the tests do not believe the code they test.
constexpr int who_process = 1;
constexpr int class_shift = 13;

const std::map<std::string, int> classes{{"none", 0}, {"realtime", 1}, {"best-effort", 2}, {"idle", 3}};

std::string as_text(int value) {
    const int level = value & ((1 << class_shift) - 1);
    for (const auto& [name, number] : classes) {
        if (number != value >> class_shift) {
            continue;
        }
        if ((number == 0 || number == 3) && level == 0) {
            return name;
        }
        if ((number == 1 || number == 2) && level < 8) {
            return name + ':' + std::to_string(level);
        }
    }
    return "raw " + std::to_string(value);
}

int as_value(const std::string& text) {
    const auto colon = text.find(':');
    const int level = colon == std::string::npos ? 0 : std::stoi(text.substr(colon + 1));
    return classes.at(text.substr(0, colon)) << class_shift | level;
}

}  // namespace

int raw_priority(pid_t tid) {
    const auto value = syscall(SYS_ioprio_get, who_process, tid);
    if (value < 0) {
        throw std::system_error(errno, std::generic_category(), "ioprio_get " + std::to_string(tid));
    }
    return static_cast<int>(value);
}

void set_raw_priority(pid_t tid, int value) {
    if (syscall(SYS_ioprio_set, who_process, tid, value) != 0) {
        throw std::system_error(errno, std::generic_category(), "ioprio_set " + std::to_string(tid));
    }
}

RawPriorities raw_priorities_of(const std::vector<pid_t>& pids) {
    RawPriorities all;
    for (const auto pid : pids) {
        for (const auto tid : threads_of(pid)) {
            all[tid] = raw_priority(tid);
        }
    }
    return all;
}

int raw(const std::string& priority) {
    return as_value(priority);
}

std::string priority_of_thread(pid_t tid) {
    return as_text(raw_priority(tid));
}

std::vector<pid_t> threads_of(pid_t pid) {
    std::vector<pid_t> threads;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
        threads.push_back(std::stoi(entry.path().filename()));
    }
    return threads;
}

Breakdown priorities_of(pid_t pid) {
    Breakdown result;
    for (const auto tid : threads_of(pid)) {
        try {
            ++result[priority_of_thread(tid)];
        } catch (const std::system_error& error) {
            if (error.code() != std::errc::no_such_process) {  // a thread may end while others are read
                throw;
            }
        }
    }
    return result;
}

void set_thread(pid_t tid, const std::string& priority) {
    set_raw_priority(tid, as_value(priority));
}

void set_all(pid_t pid, const std::string& priority) {
    for (const auto tid : threads_of(pid)) {
        set_thread(tid, priority);
    }
}

std::string status_field(pid_t pid, const std::string& name) {
    std::ifstream file{"/proc/" + std::to_string(pid) + "/status"};
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(name + ':')) {
            const auto first = line.find_first_not_of(" \t", name.size() + 1);
            return first == std::string::npos ? "" : line.substr(first, line.find_last_not_of(" \t") - first + 1);
        }
    }
    throw std::runtime_error("no " + name + " in the status of " + std::to_string(pid));
}

Target::Target(const std::string& user, const Command& mode)
    : child_{user,
             [&] {
                 Command command{tool("target")};
                 command.insert(command.end(), mode.begin(), mode.end());
                 return command;
             }()},
      pid_{std::stoi(child_.read_line().substr(sizeof "ready"))} {}

void Target::freeze() {
    child_.write_line("freeze");
    if (child_.read_line() != "frozen") {
        throw std::logic_error("the target speaks another language");
    }
}

void Target::stop() const {
    kill(pid_, SIGSTOP);
    const auto stands_still = [](pid_t tid) {
        try {
            return std::string_view{"TZX"}.find(status_field(tid, "State").front()) != std::string_view::npos;
        } catch (const std::runtime_error&) {
            return false;  // it has ended meanwhile: look again
        }
    };
    const auto all_stand_still = [&] {
        const auto threads = threads_of(pid_);
        return std::all_of(threads.begin(), threads.end(), stands_still);
    };
    if (!eventually(all_stand_still)) {
        throw std::runtime_error("process " + id() + " does not stop");
    }
}

void Target::resume() const {
    kill(pid_, SIGCONT);
}

}  // namespace iopriority::test
