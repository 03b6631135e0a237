// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The kernel as the service sees it: its system calls, over tasks that are simulated. The program is linked so that
/// the real code calls this one (wraps.cpp), for everything that has to do with /proc, pidfds, priorities, holds and
/// time.
#pragma once

#include <sys/resource.h>
#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tasks.hpp"

namespace iopriority::simulation {

/// Told what the service does.
class Observer {
 public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    Observer(Observer&&) = delete;
    Observer& operator=(Observer&&) = delete;
    virtual ~Observer() = default;

    /// A system call begins: anything may happen before it.
    virtual void before_call() = 0;
    virtual void pinned(Process& process) = 0;
    virtual void looked_at(const Thread& thread) = 0;
    /// A thread is about to be set, which nothing prevents.
    virtual void sets(Thread& thread, int value) = 0;
};

class Kernel {
 public:
    static constexpr int first_descriptor = 1'000'000;
    static constexpr std::string_view runtime_directory = "/run/simulated";

    explicit Kernel(Observer& observer);
    Kernel(const Kernel&) = delete;
    Kernel& operator=(const Kernel&) = delete;
    Kernel(Kernel&&) = delete;
    Kernel& operator=(Kernel&&) = delete;
    ~Kernel();

    /// The one that is there; null if the real one is to be called.
    [[nodiscard]] static Kernel* current() noexcept { return current_; }
    [[nodiscard]] static bool knows(int fd) noexcept { return fd >= first_descriptor; }
    [[nodiscard]] static bool knows(std::string_view path) noexcept;

    Tasks tasks;
    /// Time that each call takes.
    Moment cost = 1500;
    /// What a listing gives at once.
    std::size_t piece = 64;
    /// Opening fails with this error, if it is not 0.
    int refuses_to_open = 0;

    // As the system calls of these names, but for the negative errno.
    int open(std::string_view path, int flags);
    int open_at(int directory, std::string_view path);
    int close(int fd);
    long read(int fd, void* buffer, std::size_t size);
    long write(int fd, const void* buffer, std::size_t size);
    long list(int fd, void* buffer, std::size_t size);
    int rewind(int fd);
    int poll(int fd);
    int duplicate(int fd);
    int flags(int fd);
    int status(int fd, struct stat& status);
    int links(int fd, struct stat& status);
    int links(std::string_view path, struct stat& status);
    int accessible(int fd, std::string_view path);
    int pidfd_open(pid_t pid, unsigned flags);
    int pidfd_info(int fd, void* info);
    int signal(int fd);
    int signal(pid_t pid, pid_t tid);
    int capabilities(pid_t tid, std::uint64_t& permitted);
    int set(int which, int who, int value);
    int get(int which, int who);
    int nice(pid_t tid, int& error);
    pid_t group(pid_t pid);
    int pipe(int* ends);
    int rename(std::string_view from, std::string_view to);
    int unlink(std::string_view path);

    /// A descriptor of a process that a caller passes.
    int pass(Process& process);
    /// Nobody can read from this pipe any more.
    [[nodiscard]] bool is_closed(int fd) const;
    [[nodiscard]] std::size_t open_descriptors() const noexcept { return open_; }
    [[nodiscard]] std::string text_of_open() const;
    [[nodiscard]] const std::map<std::string, std::string, std::less<>>& files() const noexcept { return files_; }

 private:
    enum class Kind : std::uint8_t { none, proc, process, tasks, task, text, pidfd, thread, reader, writer, file };
    struct Open {
        Kind kind = Kind::none;
        Process* process = nullptr;
        Thread* thread = nullptr;
        std::string what{};  ///< a file of /proc; a path
        std::string text{};
        std::size_t at = 0;
        bool was_read = false;
        std::shared_ptr<int> readers{};  ///< of a pipe
    };

    void enter();
    int add(Open open);
    [[nodiscard]] Open& at(int fd) { return descriptors_.at(static_cast<std::size_t>(fd - first_descriptor)); }
    [[nodiscard]] const Open& at(int fd) const {
        return descriptors_.at(static_cast<std::size_t>(fd - first_descriptor));
    }
    int open_in_proc(std::string_view path);
    int open_of(Process& process, std::string_view file);
    int open_number(std::string_view path, bool as_process);
    int set_one(Thread& thread, int value);

    static Kernel* current_;
    Observer& observer_;
    std::vector<Open> descriptors_;
    std::size_t open_ = 0;
    std::map<std::string, std::string, std::less<>> files_;
};

/// The text of a file of /proc; nothing if its task is gone.
[[nodiscard]] std::optional<std::string> proc_text(const Process* process, const Thread* thread, std::string_view file);

}  // namespace iopriority::simulation
