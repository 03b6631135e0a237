// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/password_agent.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/bus_module.hpp"
#include "process/unique_fd.hpp"
#include "values/blocked_signals.hpp"

namespace iopriority::cli {

namespace {

constexpr const char* program = IOPRIORITY_PKTTYAGENT;
constexpr int registration_timeout_ms = 25'000;  // as long as polkit may take to start
constexpr std::array<int, 4> ending_signals{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

/// What a signal handler has to know. There is one agent at a time.
struct State {
    volatile pid_t agent = -1;
    int terminal = -1;
    termios modes{};
    std::array<struct sigaction, ending_signals.size()> actions{};
};
State state;  // NOLINT(*-avoid-non-const-global-variables): a handler has no other way to it

/// Ends the agent, waits for its end, and restores the terminal, which it may have left without echo.
/// Async-signal-safe.
void end_agent() {
    if (state.agent <= 0) {
        return;
    }
    ::kill(state.agent, SIGTERM);
    ::kill(state.agent, SIGCONT);
    while (::waitpid(state.agent, nullptr, 0) < 0 && errno == EINTR) {
    }
    state.agent = -1;
    const BlockedSignals stops(signal_set({SIGTTOU}));  // if the terminal belongs to another process group by now
    ::tcsetattr(state.terminal, TCSADRAIN, &state.modes);
}

void on_signal(int signal) {
    end_agent();
    std::signal(signal, SIG_DFL);
    ::raise(signal);  // delivered when this handler returns
}

/// Signals that this process ignores stay ignored.
void catch_signals() {
    struct sigaction action {};
    action.sa_handler = on_signal;  // NOLINT(*-union-access)
    for (const int signal : ending_signals) {
        ::sigaddset(&action.sa_mask, signal);
    }
    for (std::size_t i = 0; i < ending_signals.size(); ++i) {
        ::sigaction(ending_signals.at(i), nullptr, &state.actions.at(i));
        if (state.actions.at(i).sa_handler != SIG_IGN) {  // NOLINT(*-union-access)
            ::sigaction(ending_signals.at(i), &action, nullptr);
        }
    }
}

void release_signals() {
    for (std::size_t i = 0; i < ending_signals.size(); ++i) {
        ::sigaction(ending_signals.at(i), &state.actions.at(i), nullptr);
    }
}

/// In the new process: nothing here allocates, since other threads may have held locks.
[[noreturn]] void become_agent(pid_t parent, int notify, char* const* arguments) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // NOLINT(*-vararg)
    for (const int signal : ending_signals) {
        std::signal(signal, SIG_DFL);
    }
    const auto none = signal_set({});
    ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
    // It asks at /dev/tty. Its other output (such as that there is an agent already) is of no interest.
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);  // NOLINT(*-vararg)
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        ::dup2(null, fd);
    }
    ::fcntl(notify, F_SETFD, 0);  // NOLINT(*-vararg)
    if (::getppid() == parent) {
        ::execv(arguments[0], arguments);  // NOLINT(*-pointer-arithmetic)
    }
    ::_exit(1);
}

}  // namespace

PasswordAgent::PasswordAgent() {
    state.terminal = ::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);  // NOLINT(*-vararg)
    const bool in_front = state.terminal >= 0 && ::tcgetpgrp(state.terminal) == ::getpgrp() &&
                          ::tcgetattr(state.terminal, &state.modes) == 0;
    catch_signals();
    auto [ready, notify] = process::make_pipe();
    if (!in_front || ::access(program, X_OK) != 0 || !notify) {
        return;
    }
    const pid_t self = ::getpid();
    std::vector<std::string> words{program, "--process", std::to_string(self), "--notify-fd",
                                   std::to_string(notify.get())};
    // polkit looks for a fallback only where the caller belongs to a session of logind: the agent of the desktop then
    // comes first. Without one, an agent that calls itself a fallback is never asked.
    if (client::has_session()) {
        words.emplace_back("--fallback");
    }
    const auto arguments = pointers_to(words);
    // No signal may arrive between fork() and the assignment of the agent's process id.
    std::optional<BlockedSignals> blocked(all_signals());
    const pid_t agent = ::fork();
    if (agent == 0) {
        become_agent(self, notify.get(), arguments.data());
    }
    state.agent = agent;
    blocked.reset();
    notify.reset();
    pollfd registered{ready.get(), 0, 0};  // the agent closes its end once polkit knows it, or on failure
    static_cast<void>(::poll(&registered, 1, registration_timeout_ms));
}

PasswordAgent::~PasswordAgent() {
    const BlockedSignals blocked(all_signals());
    end_agent();
    if (state.terminal >= 0) {
        ::close(std::exchange(state.terminal, -1));
    }
    release_signals();
}

}  // namespace iopriority::cli
