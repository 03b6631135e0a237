// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/child.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "cli/messages.hpp"
#include "cli/translation.hpp"

namespace iopriority::cli {

constexpr int exit_of_signal = 128;  // as in shells

int become(Arguments command) {
    const auto argv = pointers_to(command);
    ::execvp(argv.front(), argv.data());
    const int error = errno;
    complain(tr("cannot run %1: %2", shown(command.front()), std::generic_category().message(error)));
    return error == ENOENT ? exit_not_found : exit_cannot_run;
}

Arguments parse_command(Arguments::const_iterator first, Arguments::const_iterator last) {
    if (first != last && *first == "--") {
        ++first;
    }
    if (first == last) {
        throw UsageError(tr("no command to run"));
    }
    return {first, last};
}

Child::Child(const Arguments& command) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw system_error(translatable("making a pipe"));
    }
    const process::UniqueFd waits(ends[0]);
    go_ = process::UniqueFd(ends[1]);
    pid_ = ::fork();
    if (pid_ < 0) {
        throw system_error(translatable("starting a process"));
    }
    if (pid_ == 0) {
        go_.reset();
        char letter = 0;
        if (::read(waits.get(), &letter, 1) == 1) {
            blocked_.restore();
            ::_exit(become(command));
        }
        ::_exit(exit_before_command);  // nobody waits for the command any more
    }
}

Child::~Child() {
    if (go_) {
        go_.reset();
        static_cast<void>(::waitpid(pid_, nullptr, 0));
    }
}

int Child::run() {
    const char letter = 'g';
    static_cast<void>(!::write(go_.get(), &letter, 1));
    go_.reset();
    for (;;) {
        int status = 0;
        siginfo_t info{};
        const int signal = ::sigwaitinfo(&signals_, &info);
        if (signal == SIGCHLD && ::waitpid(pid_, &status, WNOHANG) == pid_) {
            return WIFSIGNALED(status) ? exit_of_signal + WTERMSIG(status) : WEXITSTATUS(status);
        }
        if (signal > 0 && signal != SIGCHLD && info.si_code != SI_KERNEL) {
            ::kill(pid_, signal);
        }
    }
}

}  // namespace iopriority::cli
