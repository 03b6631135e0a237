// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "process/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>
#include <system_error>

#include "process/descriptors.hpp"
#include "process/read_file.hpp"
#include "process/stat_reads.hpp"
#include "process/syscalls.hpp"
#include "values/text.hpp"

namespace iopriority::process {

namespace {

std::string words(int error) {
    return std::generic_category().message(error);
}

std::string label(pid_t pid) {
    return "process " + std::to_string(pid);
}

std::string path_in_proc(pid_t pid, const char* file) {
    return "/proc/" + std::to_string(pid) + '/' + file;
}

unsigned threads_in(int directory, const char* tasks) noexcept {
    constexpr nlink_t dot_and_dotdot = 2;
    struct stat status {};
    return ::fstatat(directory, tasks, &status, 0) == 0 && status.st_nlink > dot_and_dotdot
               ? static_cast<unsigned>(status.st_nlink - dot_and_dotdot)
               : 0;
}

Failure hidden(pid_t pid) {
    return {ErrorCode::failed, label(pid) + " is hidden: /proc is mounted with hidepid (add gid= of the service's " +
                                   "group), or ProtectProc= is set in the unit (remove it)"};
}

Failure not_a_pidfd() {
    return {ErrorCode::invalid_argument, "the descriptor passed is not a pidfd: open it with pidfd_open(2)"};
}

}  // namespace

Failure Process::no_such(pid_t pid) {
    return {ErrorCode::no_such_process, "there is no " + label(pid)};
}

Failure Process::ended() const {
    return {ErrorCode::no_such_process, label(pid_) + " has ended"};
}

// The probe comes first. It never waits, while an ioctl or a poll on a FUSE file waits for that file's owner, and
// fdinfo of an epoll descriptor for a lock that its owner can keep. The probe also accepts a /proc directory as a
// pidfd; and for other files, fdinfo contains names that their owners choose.
Expected<pid_t> pid_of(int pidfd) {
    if (sys::pidfd_probe(pidfd) == -EBADF) {
        return not_a_pidfd();
    }
    const auto text = read_file(AT_FDCWD, "/proc/self/fdinfo/" + std::to_string(pidfd));
    if (!text) {
        return text.failure();
    }
    const auto pid = parse_fdinfo_pid(*text);
    if (!pid) {
        return not_a_pidfd();
    }
    if (*pid <= 0) {
        return Failure{ErrorCode::no_such_process, "the process of the pidfd has ended or cannot be seen from here"};
    }
    return *pid;
}

Expected<UniqueFd> open_pidfd(pid_t pid) {
    UniqueFd pidfd(pid > 0 ? sys::pidfd_open(pid) : -ESRCH);
    if (pidfd) {
        return pidfd;
    }
    // A failed open leaves the negative errno, which UniqueFd does not close.
    const int error = -pidfd.release();
    if (error == ESRCH) {
        return Process::no_such(pid);
    }
    if (error == ENOENT || error == EINVAL) {  // Linux since 6.9, and before
        return Failure{ErrorCode::no_such_process,
                       std::to_string(pid) + " is not a process but a thread of one: pass the process"};
    }
    return Failure{ErrorCode::failed, "pidfd_open of " + label(pid) + ": " + words(error)};
}

Expected<Process> Process::pin(pid_t pid, CredentialSource source) {
    auto pidfd = open_pidfd(pid);
    return pidfd ? from_pidfd_of(*std::move(pidfd), pid, source) : pidfd.failure();
}

Expected<Process> Process::pin_briefly(pid_t pid) {
    auto pidfd = open_pidfd(pid);
    if (!pidfd) {
        return pidfd.failure();
    }
    if (auto failure = too_many_descriptors(pidfd->get())) {
        return *std::move(failure);
    }
    Process process(pid, *std::move(pidfd), {}, CredentialSource::kernel_call);
    return process.running() ? Expected<Process>(std::move(process)) : no_such(pid);
}

Expected<Process> Process::pin(const ProcessKey& key) {
    auto process = pin_briefly(key.pid);
    const auto now = process ? process->key() : Expected<ProcessKey>(process.failure());
    if (!now) {
        return now.failure();
    }
    return *now == key ? std::move(process) : no_such(key.pid);
}

Expected<Process> Process::from_pidfd(UniqueFd pidfd, CredentialSource source) {
    if (!pidfd) {
        return Failure{ErrorCode::failed, "the pidfd could not be duplicated: " + words(errno)};
    }
    const auto pid = pid_of(pidfd.get());
    if (!pid) {
        return pid.failure();
    }
    if (sys::is_pidfd_of_thread(pidfd.get())) {
        return Failure{ErrorCode::invalid_argument, "the descriptor passed is of thread " + std::to_string(*pid) +
                                                        " alone: open one of its process, without PIDFD_THREAD"};
    }
    // A descriptor of a thread can be made without that flag (open_by_handle_at(2)): its number is no process id.
    if (const auto opened = open_pidfd(*pid); !opened) {
        return opened.failure();
    }
    return from_pidfd_of(std::move(pidfd), *pid, source);
}

Expected<Process> Process::from_pidfd_of(UniqueFd pidfd, pid_t pid, CredentialSource source) {
    const std::string path = "/proc/" + std::to_string(pid);
    UniqueFd directory(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));  // NOLINT(*-vararg)
    const int error = errno;
    Process process(pid, std::move(pidfd), std::move(directory), source);
    // Only now is it sure that the directory is that of the process that is pinned.
    if (!process.owns_number() || !process.running()) {
        return no_such(pid);
    }
    if (!process.directory_) {
        return error == ENOENT ? hidden(pid) : Failure{ErrorCode::failed, "opening " + path + ": " + words(error)};
    }
    if (auto failure = too_many_descriptors(process.directory_.get())) {
        return *std::move(failure);
    }
    return process;
}

bool Process::running() const noexcept {
    pollfd event{pidfd_.get(), POLLIN, 0};
    int ready = 0;
    do {
        ready = ::poll(&event, 1, 0);
    } while (ready < 0 && errno == EINTR);  // a signal interrupts even where there is nothing to wait for
    return ready == 0;
}

bool Process::owns_number() const noexcept {
    return sys::pidfd_probe(pidfd_.get()) != -ESRCH;
}

Expected<UniqueFd> Process::open(const char* file, int flags) const {
    const int how = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | flags;
    UniqueFd fd(directory_ ? ::openat(directory_.get(), file, how)            // NOLINT(*-vararg)
                           : ::open(path_in_proc(pid_, file).c_str(), how));  // NOLINT(*-vararg)
    if (fd && !directory_ && !owns_number()) {
        return ended();  // by number: it may be another's
    }
    if (!fd) {
        const int error = errno;
        if (!running()) {
            return ended();
        }
        return error == ENOENT ? hidden(pid_)
                               : Failure{ErrorCode::failed,
                                         std::string("opening ") + file + " of " + label(pid_) + ": " + words(error)};
    }
    return fd;
}

Expected<std::string> Process::read(const char* file) const {
    const auto fd = open(file);
    if (!fd) {
        return fd.failure();
    }
    return read_all(fd->get(), std::string(file) + " of " + label(pid_));
}

Expected<ProcessKey> Process::key() const {
    const auto key = key_unless_delayed();
    if (!key) {
        return key.failure();
    }
    return *key ? Expected<ProcessKey>(**key) : delayed(pid_);
}

// Since Linux 6.9 pidfds are files of a file system of their own, each process an inode that is never used again.
Expected<std::optional<ProcessKey>> Process::key_unless_delayed() const {
    constexpr decltype(std::declval<struct statfs>().f_type) pidfs = 0x50494446;  // PID_FS_MAGIC of linux/magic.h
    static const bool unique = [this] {
        struct statfs file_system {};
        return ::fstatfs(pidfd_.get(), &file_system) == 0 && file_system.f_type == pidfs;
    }();
    struct stat status {};
    if (unique && ::fstat(pidfd_.get(), &status) == 0) {
        return std::optional(ProcessKey{pid_, status.st_ino});
    }
    const auto stat = stat_unless_delayed(*this);
    if (!stat) {
        return stat.failure();
    }
    return *stat ? std::optional(ProcessKey{pid_, (*stat)->start_ticks}) : std::nullopt;
}

unsigned Process::thread_count() const {
    if (directory_) {
        return threads_in(directory_.get(), "task");
    }
    const auto count = thread_count_of(pid_);
    return owns_number() ? count : 0;
}

unsigned thread_count_of(pid_t pid) {
    return threads_in(AT_FDCWD, path_in_proc(pid, "task").c_str());
}

std::string Process::name() const {
    const auto text = read("comm");
    auto name = text ? std::string_view(*text) : std::string_view();
    if (name.ends_with('\n')) {
        name.remove_suffix(1);
    }
    return name.empty() ? "?" : values::sanitised(name);
}

Failure delayed(pid_t pid) {
    return {ErrorCode::failed, label(pid) + " executes a program, and something delays that: try again later"};
}

Expected<ProcStat> stat_of(const Process& process) {
    const auto stat = stat_unless_delayed(process);
    if (!stat) {
        return stat.failure();
    }
    return *stat ? Expected<ProcStat>(**stat) : delayed(process.pid());
}

Expected<std::optional<ProcStat>> stat_unless_delayed(const Process& process) {
    const auto [error, stat] = read_one_stat({process.pid()});
    if (!process.owns_number()) {
        return process.ended();
    }
    switch (error) {
        case 0:
            return std::optional(stat);
        case ENOENT:
            return hidden(process.pid());
        case EBADMSG:
            return Failure{ErrorCode::failed, "stat of " + label(process.pid()) + " is not as proc_pid_stat(5) has it"};
        case EAGAIN:
            return no_reader();
        case ETIMEDOUT:
            return std::optional<ProcStat>();
        default:
            return Failure{ErrorCode::failed, "reading stat of " + label(process.pid()) + ": " + words(error)};
    }
}

Expected<std::uint64_t> start_of(const Process& process) {
    const auto stat = stat_of(process);
    return stat ? Expected<std::uint64_t>(stat->start_ticks) : stat.failure();
}

Expected<unsigned> pid_namespace_depth(const Process& process) {
    const auto text = process.read("status");
    if (!text) {
        return text.failure();
    }
    const auto status = parse_status(*text);
    if (!status || status->pid_namespaces == 0) {
        return Failure{ErrorCode::failed, "status of process " + std::to_string(process.pid()) + " has no NSpid"};
    }
    return status->pid_namespaces;
}

}  // namespace iopriority::process
