// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "child.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pty.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace iopriority::test {

namespace {

using Clock = std::chrono::steady_clock;

struct Pipe {
    int read;
    int write;
};

Pipe make_pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw std::system_error(errno, std::generic_category(), "pipe2");
    }
    return {ends[0], ends[1]};
}

/// Both ways over one terminal: the child's end twice, ours twice.
std::array<Pipe, 2> make_terminal() {
    int ours = -1;
    int theirs = -1;
    if (openpty(&ours, &theirs, nullptr, nullptr, nullptr) != 0) {
        throw std::system_error(errno, std::generic_category(), "openpty");
    }
    const auto again = [](int fd) { return fcntl(fd, F_DUPFD_CLOEXEC, 3); };
    const std::array<Pipe, 2> ends{{{again(theirs), again(ours)}, {again(ours), again(theirs)}}};
    close(ours);
    close(theirs);
    return ends;
}

struct Identity {
    uid_t uid;
    gid_t gid;
    std::string name;  // empty: no passwd entry
    std::string home;
};

Identity identity_of(const std::string& user) {
    if (const passwd* entry = getpwnam(user.c_str())) {
        return {entry->pw_uid, entry->pw_gid, entry->pw_name, entry->pw_dir};
    }
    const auto uid = static_cast<uid_t>(std::stoul(user));
    return {uid, uid, {}, "/"};
}

int milliseconds_until(Clock::time_point end) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    return left > 0 ? static_cast<int>(left) + 1 : 0;
}

void close_if_open(int& fd) {
    if (fd >= 0) {
        close(std::exchange(fd, -1));
    }
}

/// Between fork and exec; the parent has one thread at this point or none that holds a lock needed here.
[[noreturn]] void become(const Identity& who, const Command& command, int gate, std::array<int, 3> standard) {
    char go{};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const bool set = (who.name.empty() ? setgroups(0, nullptr) : initgroups(who.name.c_str(), who.gid)) == 0 &&
                     setresgid(who.gid, who.gid, who.gid) == 0 && setresuid(who.uid, who.uid, who.uid) == 0;
    if (!set || (gate >= 0 && read(gate, &go, 1) != 1)) {
        _exit(124);
    }
    for (int fd = 0; fd < 3; ++fd) {
        dup2(standard[static_cast<std::size_t>(fd)], fd);
    }
    setenv("HOME", who.home.c_str(), 1);
    setenv("USER", who.name.c_str(), 1);
    std::vector<char*> argv;
    for (const auto& word : command) {
        argv.push_back(const_cast<char*>(word.c_str()));  // NOLINT(cppcoreguidelines-pro-type-const-cast): execvp's
    }
    argv.push_back(nullptr);
    execvp(argv[0], argv.data());
    perror(argv[0]);
    _exit(127);
}

}  // namespace

Child::Child(const std::string& user, const Command& command, Start start, Talk talk) {
    const auto who = identity_of(user);
    const auto [in, out] = talk == Talk::at_terminal ? make_terminal() : std::array{make_pipe(), make_pipe()};
    const auto err = make_pipe();
    const auto gate = start == Start::held ? make_pipe() : Pipe{-1, -1};
    pid_ = fork();
    if (pid_ == 0) {
        become(who, command, gate.read, {in.read, out.write, err.write});
    }
    in_ = in.write;
    out_ = out.read;
    err_ = err.read;
    gate_ = gate.write;
    for (int fd : {in.read, out.write, err.write, gate.read}) {
        close_if_open(fd);
    }
    if (pid_ < 0) {
        throw std::system_error(errno, std::generic_category(), "fork");
    }
    pidfd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
}

Child::Child(Child&& other) noexcept
    : pid_{std::exchange(other.pid_, -1)},
      pidfd_{std::exchange(other.pidfd_, -1)},
      gate_{std::exchange(other.gate_, -1)},
      in_{std::exchange(other.in_, -1)},
      out_{std::exchange(other.out_, -1)},
      err_{std::exchange(other.err_, -1)},
      reaped_{std::exchange(other.reaped_, true)},
      result_{std::move(other.result_)} {}

Child::~Child() {
    if (!reaped_ && pid_ > 0) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    for (int* fd : {&pidfd_, &gate_, &in_, &out_, &err_}) {
        close_if_open(*fd);
    }
}

void Child::release() {
    [[maybe_unused]] const auto written = write(gate_, "g", 1);
    close_if_open(gate_);
}

void Child::write_line(std::string_view line) const {
    const std::string text = std::string{line} + '\n';
    if (write(in_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        throw std::system_error(errno, std::generic_category(), "write to child");
    }
}

void Child::close_input() {
    close_if_open(in_);
}

void Child::signal(int number) const {
    kill(pid_, number);
}

/// Takes what has come on stdout or stderr; false once both are at their end.
bool Child::pump(Clock::time_point end) {
    std::array<pollfd, 2> fds{{{out_, POLLIN, 0}, {err_, POLLIN, 0}}};
    if (out_ < 0 && err_ < 0) {
        return false;
    }
    if (poll(fds.data(), fds.size(), milliseconds_until(end)) == 0) {
        throw std::runtime_error("no more output in time; so far: " + result_.out + result_.err);
    }
    std::array<char, 4096> buffer{};
    const auto take = [&](const pollfd& ready, int& fd, std::string& text) {
        if (ready.revents == 0) {
            return;
        }
        const auto size = read(fd, buffer.data(), buffer.size());
        if (size > 0) {
            text.append(buffer.data(), static_cast<std::size_t>(size));
        } else {
            close_if_open(fd);
        }
    };
    take(fds[0], out_, result_.out);
    take(fds[1], err_, result_.err);
    return true;
}

std::optional<std::string> Child::take_line() {
    const auto newline = result_.out.find('\n');
    if (newline == std::string::npos) {
        return std::nullopt;
    }
    std::string line = result_.out.substr(0, newline);
    result_.out.erase(0, newline + 1);
    return line;
}

bool Child::output_waits() const {
    pollfd fd{out_, POLLIN, 0};
    return out_ >= 0 && poll(&fd, 1, 0) == 1;
}

std::optional<std::string> Child::line_if_there() {
    auto line = take_line();
    while (!line && output_waits()) {
        pump(Clock::now());
        line = take_line();
    }
    return line;
}

std::string Child::read_line(std::chrono::milliseconds timeout) {
    const auto end = Clock::now() + timeout;
    for (;;) {
        if (auto line = take_line()) {
            return *line;
        }
        if (!pump(end)) {
            throw std::runtime_error("it ended without a word; stderr: " + result_.err);
        }
    }
}

std::string Child::read_until(std::string_view text, std::chrono::milliseconds timeout) {
    const auto end = Clock::now() + timeout;
    for (;;) {
        if (const auto found = result_.out.find(text); found != std::string::npos) {
            const auto taken = result_.out.substr(0, found + text.size());
            result_.out.erase(0, taken.size());
            return taken;
        }
        if (!pump(end)) {
            throw std::runtime_error("it ended without \"" + std::string{text} + "\": " + result_.out + result_.err);
        }
    }
}

bool Child::echoes() const {
    termios modes{};
    if (tcgetattr(in_, &modes) != 0) {
        throw std::system_error(errno, std::generic_category(), "tcgetattr");
    }
    return (modes.c_lflag & ECHO) != 0;
}

void Child::press(char key) const {
    if (write(in_, &key, 1) != 1) {
        throw std::system_error(errno, std::generic_category(), "write to child");
    }
}

void Child::reap(Clock::time_point end) {
    pollfd ended{pidfd_, POLLIN, 0};
    if (poll(&ended, 1, milliseconds_until(end)) != 1) {
        throw std::runtime_error("it does not end; stderr: " + result_.err);
    }
    int status = 0;
    waitpid(pid_, &status, 0);
    reaped_ = true;
    result_.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Result Child::finish(std::chrono::milliseconds timeout) {
    const auto end = Clock::now() + timeout;
    close_input();
    while (pump(end)) {
    }
    reap(end);
    return result_;
}

Result run(const std::string& user, const Command& command, std::chrono::milliseconds timeout) {
    return Child{user, command}.finish(timeout);
}

bool is_emulated() noexcept {
    return std::getenv("IOPRIORITY_EMULATED") != nullptr;  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
}

uid_t uid_of(const std::string& user) {
    return identity_of(user).uid;
}

void pause_between_looks() {
    poll(nullptr, 0, 2);
}

bool wait_for_end(pid_t pid, std::chrono::milliseconds timeout) {
    const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    if (pidfd < 0) {
        return errno == ESRCH;
    }
    pollfd ended{pidfd, POLLIN, 0};
    const bool result = poll(&ended, 1, static_cast<int>(timeout.count())) == 1;
    close(pidfd);
    return result;
}

}  // namespace iopriority::test
