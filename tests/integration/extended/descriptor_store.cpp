// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "descriptor_store.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

namespace iopriority::test {

namespace {

constexpr const char* daemon = "/usr/libexec/iopriorityd";
constexpr const char* socket_path = "/run/notify";

void require(bool ok, const char* what) {
    if (!ok) {
        throw std::system_error(errno, std::generic_category(), what);
    }
}

/// "A=1\nB=2" -> {A: 1, B: 2}
std::map<std::string, std::string> assignments(const std::string& text) {
    std::map<std::string, std::string> result;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        result[line.substr(0, line.find('='))] = line.substr(line.find('=') + 1);
    }
    return result;
}

/// The first descriptor that came with a message; the others are closed.
Descriptor descriptor_of(msghdr& message) {
    Descriptor first;
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(part), sizeof fd);
            first = Descriptor{fd};
        }
    }
    return first;
}

}  // namespace

DescriptorStore::DescriptorStore() : socket_{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)} {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, socket_path);
    unlink(socket_path);
    require(bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "bind");
    require(chmod(socket_path, 0777) == 0, "chmod");  // as systemd's
}

DescriptorStore::~DescriptorStore() {
    if (pid_ > 0) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
}

void DescriptorStore::start() {
    stored();
    pid_ = fork();
    require(pid_ >= 0, "fork");
    if (pid_ == 0) {
        run();
    }
    if (!eventually([this] { return daemon_pid() == pid_; })) {
        throw std::runtime_error("the service that was started by hand does not own its name");
    }
}

void DescriptorStore::run() const {
    std::string names;
    std::vector<int> descriptors;
    constexpr int above = 100;
    for (const auto& [name, descriptor] : stored_) {
        names += (names.empty() ? "" : ":") + name;
        descriptors.push_back(fcntl(descriptor.get(), F_DUPFD_CLOEXEC, above));
    }
    int at = 3;
    for (const int fd : descriptors) {
        dup2(fd, at++);
    }
    setenv("NOTIFY_SOCKET", socket_path, 1);
    setenv("LISTEN_FDS", std::to_string(descriptors.size()).c_str(), 1);
    setenv("LISTEN_FDNAMES", names.c_str(), 1);
    setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
    execl(daemon, daemon, nullptr);
    _exit(127);
}

void DescriptorStore::stop(int signal) {
    require(kill(pid_, signal) == 0, "kill");
    require(waitpid(std::exchange(pid_, -1), nullptr, 0) > 0, "waitpid");
    if (!eventually([] { return daemon_pid() == std::nullopt; })) {
        throw std::runtime_error("the bus does not see the end of the service");
    }
}

const std::map<std::string, Descriptor>& DescriptorStore::stored() {
    while (receive_one()) {
    }
    return stored_;
}

bool DescriptorStore::receive_one() {
    std::array<char, 4096> text{};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    iovec part{text.data(), text.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const auto size = recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC);
    if (size < 0) {
        return false;
    }
    const auto said = assignments({text.data(), static_cast<std::size_t>(size)});
    auto descriptor = descriptor_of(message);
    if (said.contains("FDSTORE")) {
        stored_[said.at("FDNAME")] = std::move(descriptor);
    } else if (said.contains("FDSTOREREMOVE")) {
        stored_.erase(said.at("FDNAME"));
    }
    return true;
}

}  // namespace iopriority::test
