// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <iterator>

#include "operations.hpp"

namespace iopriority::bench {

void run_program(const Words& command) {
    std::vector<char*> pointers;
    std::transform(command.begin(), command.end(), std::back_inserter(pointers),
                   [](const std::string& word) { return const_cast<char*>(word.c_str()); });  // NOLINT(*-const-cast)
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);  // (what it prints is not a figure)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    const int error = posix_spawnp(&child, pointers[0], &actions, nullptr, pointers.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    errno = error;
    check(errno == 0, command.front());
    int status = 0;
    check(waitpid(child, &status, 0) == child, "waitpid");
    if (status != 0) {
        throw std::runtime_error(command.front() + " ended with status " + std::to_string(WEXITSTATUS(status)));
    }
}

int processes(Words words) {
    setpgid(0, 0);
    std::vector<pid_t> children(std::stoul(words.at(0)));
    for (auto& child : children) {
        child = fork();
        check(child >= 0, "fork");
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);  // NOLINT(*-vararg)
            while (true) {
                pause();
            }
        }
    }
    std::cout << "ready " << getpid() << std::endl;
    char byte = 0;
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    for (const pid_t child : children) {
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
    }
    return 0;
}

}  // namespace iopriority::bench
