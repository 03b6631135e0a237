// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>

namespace iopriority::cli::test {

namespace {

[[noreturn]] void become(const char* program, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), program == nullptr ? "ioprioctl" : program);
    std::vector<char*> argv;
    for (auto& argument : arguments) {
        argv.push_back(argument.data());
    }
    argv.push_back(nullptr);
    ::setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/socket", 1);
    ::setenv("TSAN_OPTIONS", "suppressions=" TSAN_SUPPRESSIONS, 0);  // for a build with ThreadSanitizer
    ::setenv("LC_ALL", "C.UTF-8", 1);
    ::execvp(program == nullptr ? IOPRIORITYCTL : program, argv.data());
    ::_exit(99);
}

/// Reads both until they end.
void read_all(std::array<int, 2> fds, std::array<std::string*, 2> texts) {
    std::array<pollfd, 2> events{{{fds[0], POLLIN, 0}, {fds[1], POLLIN, 0}}};
    while (events[0].fd >= 0 || events[1].fd >= 0) {
        ::poll(events.data(), events.size(), -1);
        for (std::size_t i = 0; i < events.size(); ++i) {
            std::array<char, 4096> buffer{};
            if (events.at(i).revents == 0) {
                continue;
            }
            const auto got = ::read(events.at(i).fd, buffer.data(), buffer.size());
            if (got > 0) {
                texts.at(i)->append(buffer.data(), static_cast<std::size_t>(got));
            } else {  // the end; a terminal says EIO
                ::close(events.at(i).fd);
                events.at(i).fd = -1;
            }
        }
    }
}

int wait_for(pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

Result run_with_output(const char* program, const std::vector<std::string>& arguments, const char* file) {
    std::array<int, 2> output{};
    std::array<int, 2> errors{};
    if (::pipe2(output.data(), O_CLOEXEC) != 0 || ::pipe2(errors.data(), O_CLOEXEC) != 0) {
        throw std::runtime_error("pipe");
    }
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(::open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
        ::dup2(file != nullptr ? ::open(file, O_WRONLY | O_CLOEXEC) : output[1], STDOUT_FILENO);
        ::dup2(errors[1], STDERR_FILENO);
        become(program, arguments);
    }
    ::close(output[1]);
    ::close(errors[1]);
    Result result;
    read_all({output[0], errors[0]}, {&result.output, &result.errors});
    result.status = wait_for(child);
    return result;
}

}  // namespace

Result run(const std::vector<std::string>& arguments) {
    return run_with_output(nullptr, arguments, nullptr);
}

Result run_ionice(const std::vector<std::string>& arguments) {
    return run_with_output("ionice", arguments, nullptr);
}

Result run_into_full_disk(const std::vector<std::string>& arguments) {
    return run_with_output(nullptr, arguments, "/dev/full");
}

Result run_at_terminal(const std::vector<std::string>& arguments) {
    int terminal = -1;
    const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
    if (child == 0) {
        become(nullptr, arguments);
    }
    Result result;
    read_all({terminal, -1}, {&result.output, nullptr});
    result.status = wait_for(child);
    return result;
}

}  // namespace iopriority::cli::test
