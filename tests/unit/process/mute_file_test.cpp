// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A descriptor that a caller passes as a pidfd may be a file of the caller's own file system (FUSE), which need never
/// answer. Mounts one: needs root and a mount namespace of its own (unshare -m).
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/fuse.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
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

constexpr std::size_t page = 4096;

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
    /// Somebody waits for what it contains.
    [[nodiscard]] bool is_read() const { return reading_; }
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
    void serve() {
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
    void reply(const fuse_in_header& header) {
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
                attributes.attr.size = page;
                answer(header.unique, attributes);
                return;
            }
            case FUSE_OPEN:
                answer(header.unique, fuse_open_out{});
                return;
            case FUSE_READ:
                reading_ = true;
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
    std::atomic<bool> reading_{false};
    std::thread server_;
};

/// Whether it is refused as no pidfd, before the file is told to give up.
void expect_refused_at_once(UniqueFd passed, const MuteFile& file) {
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

TEST(ADescriptor, of_a_file_that_never_answers_is_refused_at_once) {
    const MuteFile file;
    ASSERT_TRUE(file.mounted()) << "needs root, /dev/fuse and a mount namespace of its own";
    auto passed = file.open();
    ASSERT_TRUE(passed) << std::strerror(errno);
    expect_refused_at_once(std::move(passed), file);
}

// Whoever waits for events keeps the lock that fdinfo needs while the kernel tells him of one: for as long as his
// memory does not come from the file.
TEST(ADescriptor, of_an_epoll_whose_lock_somebody_keeps_is_refused_at_once) {
    const MuteFile file;
    ASSERT_TRUE(file.mounted()) << "needs root, /dev/fuse and a mount namespace of its own";
    const auto contents = file.open();
    struct stat status {};
    ASSERT_EQ(::fstat(contents.get(), &status), 0);
    void* const memory = ::mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE, contents.get(), 0);
    ASSERT_NE(memory, MAP_FAILED) << std::strerror(errno);
    UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
    const UniqueFd ready(::eventfd(1, EFD_CLOEXEC));
    epoll_event event{EPOLLIN, {}};
    ASSERT_EQ(::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, ready.get(), &event), 0);
    std::thread keeper([&] { static_cast<void>(::epoll_wait(epoll.get(), static_cast<epoll_event*>(memory), 1, -1)); });
    while (!file.is_read()) {
        std::this_thread::yield();
    }
    expect_refused_at_once(UniqueFd(::dup(epoll.get())), file);
    file.give_up();
    keeper.join();
    ::munmap(memory, page);
}

}  // namespace
}  // namespace iopriority::process
