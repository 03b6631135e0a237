// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The calls that have to do with descriptors and files.
#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "kernel.hpp"

namespace iopriority::simulation {

namespace {

constexpr std::string_view fdinfo = "/proc/self/fdinfo/";

// Takes a number off the beginning; 0 if there is none.
pid_t take_number(std::string_view& path) {
    pid_t number = 0;
    const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), number);
    path.remove_prefix(static_cast<std::size_t>(end - path.data()));
    return number;
}

}  // namespace

bool Kernel::knows(std::string_view path) noexcept {
    return path.starts_with("/proc") || path.starts_with(runtime_directory);
}

int Kernel::add(Open open) {
    if (refuses_to_open != 0) {
        return -refuses_to_open;
    }
    ++open_;
    auto free = std::find_if(descriptors_.begin(), descriptors_.end(),
                             [](const Open& each) { return each.kind == Kind::none; });
    if (free == descriptors_.end()) {
        free = descriptors_.insert(free, Open{});
    }
    *free = std::move(open);
    return first_descriptor + static_cast<int>(free - descriptors_.begin());
}

int Kernel::open(std::string_view path, int flags) {
    enter();
    if (path.starts_with(runtime_directory)) {
        if ((flags & O_CREAT) != 0) {
            files_[std::string(path)].clear();
        }
        return files_.contains(path) ? add({Kind::file, nullptr, nullptr, std::string(path)}) : -ENOENT;
    }
    if (path.starts_with(fdinfo)) {
        path.remove_prefix(fdinfo.size());
        const int fd = take_number(path);
        const auto& of = at(fd);
        if (of.kind == Kind::none) {
            return -ENOENT;
        }
        const pid_t pid = of.kind != Kind::pidfd ? 0 : of.process->reaped ? -1 : of.process->pid;
        Open file{Kind::text, nullptr, nullptr, "fdinfo"};
        file.text = of.kind == Kind::pidfd ? "pos:\t0\nPid:\t" + std::to_string(pid) + "\n" : "pos:\t0\n";
        file.was_read = true;
        return add(std::move(file));
    }
    return open_in_proc(path);
}

int Kernel::open_in_proc(std::string_view path) {
    path.remove_prefix(std::string_view("/proc").size());
    if (path.empty()) {
        return add({Kind::proc});
    }
    path.remove_prefix(1);
    auto* task = tasks.task(take_number(path));
    if (task == nullptr) {
        return -ENOENT;
    }
    if (!path.empty()) {
        path.remove_prefix(1);
        return task == task->process->first ? open_of(*task->process, path)
                                            : add({Kind::text, task->process, task, std::string(path)});
    }
    return task == task->process->first ? add({Kind::process, task->process}) : add({Kind::task, task->process, task});
}

int Kernel::open_at(int directory, std::string_view path) {
    enter();
    const auto& in = at(directory);
    if (in.kind == Kind::task) {
        return in.thread->reaped ? -ESRCH : add({Kind::text, in.process, in.thread, std::string(path)});
    }
    if (in.kind == Kind::process) {
        return open_of(*in.process, path);
    }
    auto* process = tasks.process(take_number(path));
    path.remove_prefix(1);
    return process == nullptr ? -ENOENT : add({Kind::text, process, nullptr, std::string(path)});
}

int Kernel::open_of(Process& process, std::string_view file) {
    constexpr std::string_view below_task = "task/";
    if (process.reaped) {
        return -ESRCH;
    }
    if (file == "task") {
        return add({Kind::tasks, &process});
    }
    if (!file.starts_with(below_task)) {
        return add({Kind::text, &process, nullptr, std::string(file)});
    }
    file.remove_prefix(below_task.size());
    auto* thread = process.thread(take_number(file));
    if (thread == nullptr) {
        return -ENOENT;
    }
    file.remove_prefix(1);
    return add({Kind::text, &process, thread, std::string(file)});
}

int Kernel::close(int fd) {
    auto& open = at(fd);
    if (open.kind == Kind::none) {
        return -EBADF;
    }
    if (open.kind == Kind::reader) {
        --*open.readers;
    }
    open = {};
    --open_;
    return 0;
}

long Kernel::read(int fd, void* buffer, std::size_t size) {
    enter();
    auto& open = at(fd);
    if (open.kind == Kind::file) {
        open.text = files_.contains(open.what) ? files_[open.what] : std::string{};
    } else if (open.kind == Kind::text && !open.was_read) {
        auto text = proc_text(open.process, open.thread, open.what);
        if (!text) {
            return -ESRCH;
        }
        if (open.what == "status") {
            observer_.looked_at(open.thread != nullptr ? *open.thread : *open.process->first);
        }
        open.text = *std::move(text);
        open.was_read = true;
    }
    const auto length = std::min(size, open.text.size() - std::min(open.at, open.text.size()));
    std::memcpy(buffer, open.text.data() + open.at, length);
    open.at += length;
    return static_cast<long>(length);
}

long Kernel::write(int fd, const void* buffer, std::size_t size) {
    enter();
    if (at(fd).kind == Kind::writer) {
        return *at(fd).readers > 0 ? static_cast<long>(size) : -EPIPE;
    }
    files_[at(fd).what].append(static_cast<const char*>(buffer), size);
    return static_cast<long>(size);
}

// By place in the list, as the kernel does it: who ends meanwhile makes it skip another.
long Kernel::list(int fd, void* buffer, std::size_t size) {
    enter();
    auto& open = at(fd);
    std::vector<pid_t> numbers;
    if (open.kind == Kind::proc) {
        for (const auto& [pid, process] : tasks.processes()) {
            numbers.push_back(pid);
        }
    } else if (open.process->reaped) {
        return -ENOENT;
    } else {
        for (const Thread* thread : open.process->threads) {
            numbers.push_back(thread->tid);
        }
    }
    long used = 0;
    for (std::size_t listed = 0; listed < piece && open.at < numbers.size(); ++listed, ++open.at) {
        if (static_cast<std::size_t>(used) + sizeof(dirent64) > size) {
            break;
        }
        dirent64 entry{};
        constexpr unsigned short length = 32;
        entry.d_reclen = length;
        const auto name = std::to_string(numbers[open.at]);
        std::memcpy(static_cast<char*>(entry.d_name), name.c_str(), name.size() + 1);
        std::memcpy(static_cast<char*>(buffer) + used, &entry, length);
        used += length;
    }
    return used;
}

int Kernel::rewind(int fd) {
    at(fd).at = 0;
    return 0;
}

int Kernel::duplicate(int fd) {
    auto copy = at(fd);
    if (copy.kind == Kind::none) {
        return -EBADF;
    }
    if (copy.kind == Kind::reader) {
        ++*copy.readers;
    }
    return add(std::move(copy));
}

int Kernel::pipe(int* ends) {
    enter();
    if (refuses_to_open != 0) {
        return -refuses_to_open;
    }
    const auto readers = std::make_shared<int>(1);
    Open reader{Kind::reader};
    reader.readers = readers;
    Open writer{Kind::writer};
    writer.readers = readers;
    ends[0] = add(std::move(reader));  // NOLINT(*-pointer-arithmetic)
    ends[1] = add(std::move(writer));  // NOLINT(*-pointer-arithmetic)
    return 0;
}

bool Kernel::is_closed(int fd) const {
    return *at(fd).readers == 0;
}

std::string Kernel::text_of_open() const {
    const char* names[] = {"-",     "/proc",  "process", "tasks",  "task", "text",
                           "pidfd", "thread", "reader",  "writer", "file"};
    std::string text;
    for (const auto& open : descriptors_) {
        if (open.kind != Kind::none) {
            text += (text.empty() ? "" : ", ") + std::string(names[static_cast<int>(open.kind)]) +
                    (open.process != nullptr ? " of " + std::to_string(open.process->pid) : "") + " " + open.what;
        }
    }
    return text;
}

int Kernel::rename(std::string_view from, std::string_view to) {
    enter();
    const auto found = files_.find(from);
    if (found == files_.end()) {
        return -ENOENT;
    }
    auto text = std::move(found->second);
    files_.erase(found);
    files_[std::string(to)] = std::move(text);
    return 0;
}

int Kernel::unlink(std::string_view path) {
    enter();
    const auto found = files_.find(path);
    if (found == files_.end()) {
        return -ENOENT;
    }
    files_.erase(found);
    return 0;
}

}  // namespace iopriority::simulation
