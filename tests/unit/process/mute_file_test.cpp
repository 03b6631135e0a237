// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A descriptor that a caller passes as a pidfd may be a file of the caller's own file system (FUSE), which need never
/// answer. Mounts one: needs root and a mount namespace of its own (unshare -m).
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/fuse.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <utility>

#include "process/process.hpp"

namespace iopriority::process {
namespace {

/// A mounted file that can be opened and closed, and is silent when anything else is asked of it.
class MuteFile {
 public:
    MuteFile() : path_(std::filesystem::temp_directory_path() / ("mute." + std::to_string(::getpid()))) {
        std::ofstream(path_).put('x');
        device_ = UniqueFd(::open("/dev/fuse", O_RDWR | O_CLOEXEC));
        const auto options = "fd=" + std::to_string(device_.get()) + ",rootmode=100000,user_id=0,group_id=0";
        mounted_ = device_ && ::mount("mute", path_.c_str(), "fuse", MS_NODEV | MS_NOSUID, options.c_str()) == 0;
        server_ = std::thread([this] { serve(); });
    }
    MuteFile(const MuteFile&) = delete;
    MuteFile& operator=(const MuteFile&) = delete;
    MuteFile(MuteFile&&) = delete;
    MuteFile& operator=(MuteFile&&) = delete;
    ~MuteFile() {
        ::umount2(path_.c_str(), MNT_DETACH | MNT_FORCE);
        server_.join();
        std::filesystem::remove(path_);
    }

    [[nodiscard]] bool mounted() const { return mounted_; }
    [[nodiscard]] UniqueFd open() const { return UniqueFd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)); }
    /// Whoever waits for an answer gets an error.
    void give_up() const { ::umount2(path_.c_str(), MNT_FORCE); }

 private:
    template <typename Body>
    void answer(std::uint64_t unique, const Body& body) const {
        std::array<char, sizeof(fuse_out_header) + sizeof(Body)> message{};
        const fuse_out_header header{message.size(), 0, unique};
        std::memcpy(message.data(), &header, sizeof header);
        std::memcpy(message.data() + sizeof header, &body, sizeof body);
        static_cast<void>(::write(device_.get(), message.data(), message.size()) > 0);
    }
    void refuse(std::uint64_t unique, int error) const {
        const fuse_out_header header{sizeof header, -error, unique};
        static_cast<void>(::write(device_.get(), &header, sizeof header) > 0);
    }
    void serve() const {
        alignas(fuse_in_header) std::array<char, 1 << 17> request;  // NOLINT(*-member-init): filled by the kernel
        while (true) {
            const auto got = ::read(device_.get(), request.data(), request.size());
            if (got < 0 && errno == EINTR) {
                continue;
            }
            if (got < static_cast<ssize_t>(sizeof(fuse_in_header))) {
                return;  // unmounted
            }
            fuse_in_header header{};
            std::memcpy(&header, request.data(), sizeof header);
            reply(header);
        }
    }
    void reply(const fuse_in_header& header) const {
        switch (header.opcode) {
            case FUSE_INIT: {
                fuse_init_out init{};
                init.major = FUSE_KERNEL_VERSION;
                init.minor = FUSE_KERNEL_MINOR_VERSION;
                init.max_write = 4096;
                answer(header.unique, init);
                return;
            }
            case FUSE_GETATTR: {
                fuse_attr_out attributes{};
                attributes.attr.ino = 1;
                attributes.attr.mode = 0100644;
                attributes.attr.nlink = 1;
                answer(header.unique, attributes);
                return;
            }
            case FUSE_OPEN:
                answer(header.unique, fuse_open_out{});
                return;
            case FUSE_IOCTL:
            case FUSE_POLL:
            case FUSE_FORGET:
            case FUSE_INTERRUPT:
                return;
            default:
                refuse(header.unique, ENOSYS);
        }
    }

    std::filesystem::path path_;
    UniqueFd device_;
    bool mounted_ = false;
    std::thread server_;
};

TEST(ADescriptor, of_a_file_that_never_answers_is_refused_at_once) {
    const MuteFile file;
    ASSERT_TRUE(file.mounted()) << "needs root, /dev/fuse and a mount namespace of its own";
    auto passed = file.open();
    ASSERT_TRUE(passed) << std::strerror(errno);
    std::promise<void> done;
    bool stuck = false;
    std::thread watchdog([&file, &stuck, returned = done.get_future()] {
        stuck = returned.wait_for(std::chrono::seconds(5)) != std::future_status::ready;
        if (stuck) {
            file.give_up();
        }
    });
    const auto process = Process::from_pidfd(std::move(passed));
    done.set_value();
    watchdog.join();
    EXPECT_FALSE(stuck);
    ASSERT_FALSE(process);
    EXPECT_EQ(process.failure().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace iopriority::process
