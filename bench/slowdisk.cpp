// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// slowdisk - a disk that serves one request at a time, each in a fixed time, whatever the machine's own disk does.
//
//   slowdisk MOUNTPOINT IMAGE SERVICE-US NS-PER-KB
//
// Shows IMAGE as MOUNTPOINT/disk, by FUSE. A loop device on that file has a queue, and so an I/O scheduler, whose
// choices can be seen. Runs until it is unmounted or ended.

#define FUSE_USE_VERSION 35
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string>

namespace {

constexpr fuse_ino_t disk_inode = 2;

struct Disk {
    char* data = nullptr;
    std::size_t size = 0;
    long service_ns = 0;
    long ns_per_kb = 0;
};

Disk disk;  // NOLINT(*-non-const-global-variables): FUSE's functions have no better place

void serve(std::size_t bytes) {
    constexpr long second = 1'000'000'000;
    timespec end{};
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += disk.service_ns + disk.ns_per_kb * static_cast<long>(bytes / 1024);
    end.tv_sec += end.tv_nsec / second;
    end.tv_nsec %= second;
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, nullptr) == EINTR) {
    }
}

struct stat attributes(fuse_ino_t inode) {
    struct stat status {};
    status.st_ino = inode;
    status.st_mode = inode == disk_inode ? S_IFREG | 0600 : S_IFDIR | 0755;
    status.st_nlink = 1;
    status.st_size = inode == disk_inode ? static_cast<off_t>(disk.size) : 0;
    return status;
}

constexpr double forever = 3600;

void get_attributes(fuse_req_t request, fuse_ino_t inode, fuse_file_info* /*file*/) {
    const auto status = attributes(inode);
    fuse_reply_attr(request, &status, forever);
}

void look_up(fuse_req_t request, fuse_ino_t /*parent*/, const char* name) {
    if (std::strcmp(name, "disk") != 0) {
        fuse_reply_err(request, ENOENT);
        return;
    }
    fuse_entry_param entry{};
    entry.ino = disk_inode;
    entry.attr = attributes(disk_inode);
    entry.attr_timeout = entry.entry_timeout = forever;
    fuse_reply_entry(request, &entry);
}

void open_file(fuse_req_t request, fuse_ino_t /*inode*/, fuse_file_info* file) {
    file->direct_io = 1;
    fuse_reply_open(request, file);
}

void read_file(fuse_req_t request, fuse_ino_t /*inode*/, std::size_t size, off_t offset, fuse_file_info* /*file*/) {
    const auto begin = std::min(static_cast<std::size_t>(offset), disk.size);
    size = std::min(size, disk.size - begin);
    serve(size);
    fuse_reply_buf(request, disk.data + begin, size);
}

void write_file(fuse_req_t request, fuse_ino_t /*inode*/, const char* data, std::size_t size, off_t offset,
                fuse_file_info* /*file*/) {
    const auto begin = std::min(static_cast<std::size_t>(offset), disk.size);
    size = std::min(size, disk.size - begin);
    serve(size);
    std::memcpy(disk.data + begin, data, size);
    fuse_reply_write(request, size);
}

void sync_file(fuse_req_t request, fuse_ino_t /*inode*/, int /*data_only*/, fuse_file_info* /*file*/) {
    fuse_reply_err(request, 0);
}

void negotiate(void* /*data*/, fuse_conn_info* connection) {
    constexpr unsigned most = 256;
    connection->max_background = most;
    connection->congestion_threshold = most;
    connection->max_readahead = 0;
    connection->max_write = 1U << 20U;
    connection->want |= connection->capable & FUSE_CAP_ASYNC_DIO;
}

bool map(const char* image) {
    const int fd = open(image, O_RDWR | O_CLOEXEC);  // NOLINT(*-vararg)
    struct stat status {};
    if (fd < 0 || fstat(fd, &status) != 0) {
        return false;
    }
    disk.size = static_cast<std::size_t>(status.st_size);
    void* data = mmap(nullptr, disk.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    disk.data = static_cast<char*>(data);
    return data != MAP_FAILED;  // NOLINT
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5 || !map(argv[2])) {
        std::fputs("usage: slowdisk MOUNTPOINT IMAGE SERVICE-US NS-PER-KB (an image that can be written to)\n", stderr);
        return 2;
    }
    disk.service_ns = std::stol(argv[3]) * 1000;
    disk.ns_per_kb = std::stol(argv[4]);
    prctl(PR_SET_TIMERSLACK, 1);  // NOLINT(*-vararg)
    fuse_lowlevel_ops operations{};
    operations.init = negotiate;
    operations.lookup = look_up;
    operations.getattr = get_attributes;
    operations.open = open_file;
    operations.read = read_file;
    operations.write = write_file;
    operations.fsync = sync_file;
    std::string name = "slowdisk";
    std::string options = "-odefault_permissions,fsname=slowdisk";
    char* words[] = {name.data(), options.data(), nullptr};
    fuse_args arguments = FUSE_ARGS_INIT(2, words);
    fuse_session* session = fuse_session_new(&arguments, &operations, sizeof operations, nullptr);
    if (session == nullptr || fuse_set_signal_handlers(session) != 0 || fuse_session_mount(session, argv[1]) != 0) {
        return 1;
    }
    std::puts("ready");
    std::fflush(stdout);
    const int status = fuse_session_loop(session);
    fuse_session_unmount(session);
    fuse_session_destroy(session);
    return status < 0 ? 1 : 0;
}
