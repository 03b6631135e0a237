// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include <iopriority/target.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <limits>
#include <system_error>
#include <utility>

#include <iopriority/error.hpp>

#include "bus/names.hpp"
#include "values/expected.hpp"
#include "values/text.hpp"

namespace iopriority {

namespace {

std::uint32_t checked(pid_t number, const std::string& what, const std::string& accepted) {
    if (number < 0) {
        throw InvalidArgument(what + " " + std::to_string(number) + " is negative: pass " + accepted);
    }
    return static_cast<std::uint32_t>(number);
}

void check_size(std::size_t size, std::size_t most, const std::string& what) {
    if (size == 0 || size > most) {
        throw InvalidArgument("a list of " + std::to_string(size) + " " + what + ": pass 1 to " + std::to_string(most));
    }
}

std::shared_ptr<const int> duplicate(int pidfd) {
    const int copy = ::fcntl(pidfd, F_DUPFD_CLOEXEC, 0);  // NOLINT(*-vararg)
    if (copy < 0) {
        throw_failure(
            {errno == EBADF ? ErrorCode::invalid_argument : ErrorCode::failed,
             "pidfd " + std::to_string(pidfd) + " cannot be used: " + std::generic_category().message(errno)});
    }
    return {new int(copy), [](const int* fd) {
                ::close(*fd);
                delete fd;
            }};
}

}  // namespace

Target Target::process(pid_t pid) {
    auto target = processes({pid});
    target.kind_ = Kind::process;
    target.id_ = static_cast<std::uint32_t>(pid);
    return target;
}

Target Target::processes(const std::vector<pid_t>& pids) {
    check_size(pids.size(), bus::most_processes, "processes");
    for (const pid_t pid : pids) {
        static_cast<void>(checked(pid, "pid", "a process id, or 0 for the caller"));
    }
    Target target(Kind::processes);
    target.pids_ = pids;
    return target;
}

Target Target::pidfd(int pidfd) {
    auto target = pidfds(std::vector{pidfd});
    target.kind_ = Kind::pidfd;
    return target;
}

Target Target::pidfds(const std::vector<int>& pidfds) {
    check_size(pidfds.size(), bus::most_pidfds, "pidfds");
    Target target(Kind::pidfds);
    std::transform(pidfds.begin(), pidfds.end(), std::back_inserter(target.pidfds_), duplicate);
    return target;
}

Target Target::group(pid_t pgid) {
    return Target(Kind::group, checked(pgid, "pgid", "a process group id, or 0 for the caller's"));
}

Target Target::user(uid_t uid) {
    if (uid == std::numeric_limits<uid_t>::max()) {
        throw InvalidArgument("uid " + std::to_string(uid) + " is the kernel's \"no user\": pass a user's id");
    }
    return Target(Kind::user, uid);
}

Target Target::unit(std::string name) {
    if (name.find('\0') != std::string::npos) {  // the bus would take what is before it
        throw InvalidArgument("unit " + values::sanitised(name) + " has a null character: pass the name of a unit");
    }
    Target target(Kind::unit);
    target.name_ = std::move(name);
    return target;
}

Target Target::user_unit(std::string name) {
    auto target = unit(std::move(name));
    target.kind_ = Kind::user_unit;
    return target;
}

Target Target::with_descendants() const {
    if (pids_.empty() && pidfds_.empty()) {
        throw InvalidArgument("only processes have descendants: use process(), processes(), pidfd() or pidfds()");
    }
    Target tree = *this;
    tree.descendants_ = true;
    return tree;
}

Target Target::keeping_explicit() const {
    Target unset = *this;
    unset.keeps_explicit_ = true;
    return unset;
}

std::vector<int> Target::pidfds() const {
    std::vector<int> numbers;
    std::transform(pidfds_.begin(), pidfds_.end(), std::back_inserter(numbers), [](const auto& fd) { return *fd; });
    return numbers;
}

}  // namespace iopriority
