// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mute_file.hpp"

#include <fcntl.h>
#include <linux/fuse.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <system_error>

namespace iopriority::test {

namespace {

template <typename Body>
void answer(int device, std::uint64_t unique, const Body& body) {
    std::array<char, sizeof(fuse_out_header) + sizeof(Body)> message{};
    const fuse_out_header header{message.size(), 0, unique};
    std::memcpy(message.data(), &header, sizeof header);
    std::memcpy(message.data() + sizeof header, &body, sizeof body);
    static_cast<void>(write(device, message.data(), message.size()) > 0);
}

void reply(int device, const fuse_in_header& request) {
    fuse_init_out init{};
    init.major = FUSE_KERNEL_VERSION;
    init.minor = FUSE_KERNEL_MINOR_VERSION;
    init.max_write = 4096;
    fuse_attr_out attributes{};
    attributes.attr.ino = 1;
    attributes.attr.mode = 0100644;
    attributes.attr.nlink = 1;
    const fuse_out_header unknown{sizeof unknown, -ENOSYS, request.unique};
    switch (request.opcode) {
        case FUSE_INIT:
            return answer(device, request.unique, init);
        case FUSE_GETATTR:
            return answer(device, request.unique, attributes);
        case FUSE_OPEN:
            return answer(device, request.unique, fuse_open_out{});
        case FUSE_IOCTL:
        case FUSE_POLL:
        case FUSE_READ:
        case FUSE_FORGET:
        case FUSE_INTERRUPT:
            return;
        default:
            static_cast<void>(write(device, &unknown, sizeof unknown) > 0);
    }
}

}  // namespace

MuteFile::MuteFile(Closing closing) : closing_{closing}, device_{open("/dev/fuse", O_RDWR | O_CLOEXEC)} {
    std::ofstream{path_}.put('x');
    const auto options = "fd=" + std::to_string(device_.get()) + ",rootmode=100000,user_id=0,group_id=0,allow_other";
    if (mount("mute", path_.c_str(), "fuse", MS_NODEV | MS_NOSUID, options.c_str()) != 0) {
        throw std::system_error(errno, std::generic_category(), "mounting a file with FUSE");
    }
    server_ = std::thread{[this] { serve(); }};
}

MuteFile::~MuteFile() {
    umount2(path_.c_str(), MNT_DETACH | MNT_FORCE);
    server_.join();
}

void MuteFile::give_up() const {
    umount2(path_.c_str(), MNT_FORCE);
}

void MuteFile::serve() {
    alignas(fuse_in_header) std::array<char, 1 << 17> request;
    for (;;) {
        const auto size = read(device_.get(), request.data(), request.size());
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < static_cast<ssize_t>(sizeof(fuse_in_header))) {
            return;  // unmounted
        }
        fuse_in_header header{};
        std::memcpy(&header, request.data(), sizeof header);
        if (header.opcode == FUSE_FLUSH && closing_ == Closing::silent) {
            closing_now_ = true;
            continue;
        }
        reply(device_.get(), header);
    }
}

}  // namespace iopriority::test
