// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client/members.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <utility>

#include "bus/names.hpp"
#include "process/process.hpp"
#include "values/ranges.hpp"

namespace iopriority::client {

namespace {

/// Whether the peer of the bus socket is in this pid namespace or below it. For any other peer the kernel reports 0:
/// for a sandbox's proxy, and for the bus itself as seen from a pid namespace. Our own pid means a program that this
/// process started in place of a bus (unixexec), which may lead anywhere.
bool shares_numbers(int bus) {
    ucred other{};
    socklen_t size = sizeof other;
    return ::getsockopt(bus, SOL_SOCKET, SO_PEERCRED, &other, &size) == 0 && other.pid != 0 && other.pid != ::getpid();
}

}  // namespace

std::vector<pid_t> members_of(const Target& target) {
    std::vector<pid_t> members;
    for (const pid_t pid : target.pids()) {
        values::add_once(members, pid == 0 ? ::getpid() : pid);
    }
    return members;
}

Sent by_pidfds(const CallRequest& request, int bus) {
    Sent sent{request, request.target, {}, {}};
    const auto kind = request.target.kind();
    if (kind != Target::Kind::process && kind != Target::Kind::processes) {
        return sent;
    }
    auto members = members_of(request.target);
    if (members.size() > bus::most_pidfds) {
        if (!shares_numbers(bus)) {
            throw_failure(
                {ErrorCode::foreign_pid_namespace,
                 "a list of " + std::to_string(members.size()) +
                     " processes would go as numbers, which may mean other processes to the service, since this "
                     "program is in a sandbox or a pid namespace: pass up to 16 at a time, which go as pidfds"});
        }
        sent.named = Target::processes(members);
        return sent;
    }
    std::vector<process::UniqueFd> open;
    std::vector<int> pidfds;
    std::optional<Failure> missing;
    for (std::size_t i = 0; i < members.size(); ++i) {
        auto pidfd = process::open_pidfd(members[i]);
        if (!pidfd && pidfd.failure().code == ErrorCode::no_such_process) {
            sent.ended.push_back(i);
            missing = pidfd.failure();
            continue;
        }
        open.push_back(std::move(pidfd).value());
        pidfds.push_back(open.back().get());
    }
    if (pidfds.empty()) {
        throw_failure(*missing);
    }
    if (kind == Target::Kind::processes) {
        sent.members = std::move(members);
        sent.named = Target::pidfds(pidfds);
    } else {
        sent.named = Target::pidfd(pidfds.front());
    }
    return sent;
}

void complete(const Sent& sent, Reply& reply) {
    if (sent.request.changes() && !sent.ended.empty()) {
        reply.changed.left_alone["ended"] += static_cast<unsigned>(sent.ended.size());
    }
    auto& each = reply.details.each;
    if (each.empty() || each.size() + sent.ended.size() != sent.members.size()) {
        return;
    }
    for (const auto index : sent.ended) {
        each.insert(each.begin() + static_cast<std::ptrdiff_t>(index), Member{});
    }
    for (std::size_t i = 0; i < each.size(); ++i) {
        each[i].process = sent.members[i];
    }
}

}  // namespace iopriority::client
