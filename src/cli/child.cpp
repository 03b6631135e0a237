// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/child.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "cli/messages.hpp"
#include "cli/password_agent.hpp"
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

int become(const Options& options, Arguments command, Priority wanted) {
    const auto changed =
        with_password(options, [&](const CallOptions& how) { return Client().set_process(0, wanted, how); });
    if (options.verbose) {  // standard output belongs to the command
        complain(with_doer(options, wanted.to_string(), changed.by_service));
    }
    return become(std::move(command));
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
    // If whoever has started this ignores SIGCHLD, no signal would tell of the child's end.
    struct sigaction before {};
    ::sigaction(SIGCHLD, nullptr, &before);
    std::signal(SIGCHLD, SIG_DFL);
    auto [waits, go] = process::make_pipe();
    if (!go) {
        throw system_error(translatable("making a pipe"));
    }
    go_ = std::move(go);
    pid_ = ::fork();
    if (pid_ < 0) {
        throw system_error(translatable("starting a process"));
    }
    if (pid_ == 0) {
        go_.reset();
        char letter = 0;
        if (::read(waits.get(), &letter, 1) == 1) {
            ::sigaction(SIGCHLD, &before, nullptr);
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
    const auto signals = signal_set({SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD});
    const BlockedSignals blocked(signals);
    const char letter = 'g';
    static_cast<void>(!::write(go_.get(), &letter, 1));
    go_.reset();
    for (;;) {
        int status = 0;
        siginfo_t info{};
        const int signal = ::sigwaitinfo(&signals, &info);
        if (signal == SIGCHLD && ::waitpid(pid_, &status, WNOHANG) == pid_) {
            return WIFSIGNALED(status) ? exit_of_signal + WTERMSIG(status) : WEXITSTATUS(status);
        }
        if (signal > 0 && signal != SIGCHLD && info.si_code != SI_KERNEL) {
            ::kill(pid_, signal);
        }
    }
}

}  // namespace iopriority::cli
