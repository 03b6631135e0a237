// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cinttypes>
#include <cstdio>

#include "kernel.hpp"

namespace iopriority::simulation {

namespace {

template <typename... Arguments>
std::string format(const char* how, Arguments... arguments) {
    std::string text(512, '\0');
    const int length = std::snprintf(text.data(), text.size(), how, arguments...);  // NOLINT(*-vararg)
    text.resize(static_cast<std::size_t>(length));
    return text;
}

pid_t parent_of(const Process& process) {
    return process.parent != nullptr ? process.parent->pid : 0;
}

std::string stat_text(const Process& process, const Thread& thread) {
    constexpr Moment tick = 10'000'000;
    constexpr unsigned kernel_thread = 0x00200000;
    return format("%d (%s) %c %d %d 1 0 -1 %u 0 0 0 0 0 0 0 0 20 0 %zu 0 %" PRIu64 " 0 0\n", thread.tid,
                  process.name.c_str(), thread.ended ? 'Z' : 'S', parent_of(process), process.group,
                  process.of_kernel ? kernel_thread : 0U, process.threads.size(), thread.born / tick);
}

std::string status_text(const Process& process, const Thread& thread) {
    return format("Name:\t%s\nTgid:\t%d\nPid:\t%d\nPPid:\t%d\nUid:\t%u\t%u\t%u\t%u\nNSpid:\t%d\nCapPrm:\t%016" PRIx64
                  "\n",
                  process.name.c_str(), process.pid, thread.tid, parent_of(process), thread.real, thread.effective,
                  thread.effective, thread.effective, thread.tid, thread.permitted);
}

}  // namespace

std::optional<std::string> proc_text(const Process* process, const Thread* thread, std::string_view file) {
    const Thread& of = thread != nullptr ? *thread : *process->first;
    const Process& whole = *of.process;
    if (of.reaped || whole.reaped) {
        return std::nullopt;
    }
    if (file == "stat") {
        return stat_text(whole, of);
    }
    if (file == "status") {
        return status_text(whole, of);
    }
    if (file == "comm") {
        return whole.name + "\n";
    }
    if (file == "cgroup") {
        return "0::" + whole.control_group + "\n";
    }
    if (file == "uid_map" || file == "gid_map") {
        return whole.own_namespace ? format("%10u %10u %10u\n", 0U, whole.first->real, 1U)
                                   : format("%10u %10u %10u\n", 0U, 0U, 4294967295U);
    }
    return file == "setgroups" && whole.own_namespace ? "deny\n" : "allow\n";
}

}  // namespace iopriority::simulation
