// SPDX-License-Identifier: LGPL-2.1-or-later
#include <iopriority/target.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <system_error>
#include <utility>

#include <iopriority/error.hpp>

namespace iopriority {

namespace {

std::uint32_t checked(pid_t number, const std::string& what, const std::string& accepted) {
    if (number < 0) {
        throw InvalidArgument(what + " " + std::to_string(number) + " is negative: pass " + accepted);
    }
    return static_cast<std::uint32_t>(number);
}

}  // namespace

Target Target::process(pid_t pid) {
    return {Kind::process, checked(pid, "pid", "a process id, or 0 for the caller")};
}

Target Target::pidfd(int pidfd) {
    const int copy = ::fcntl(pidfd, F_DUPFD_CLOEXEC, 0);  // NOLINT(*-vararg)
    if (copy < 0) {
        throw InvalidArgument("pidfd " + std::to_string(pidfd) +
                              " cannot be used: " + std::generic_category().message(errno));
    }
    Target target(Kind::pidfd, 0);
    target.pidfd_ = std::shared_ptr<const int>(new int(copy), [](const int* fd) {
        ::close(*fd);
        delete fd;
    });
    return target;
}

Target Target::group(pid_t pgid) {
    return {Kind::group, checked(pgid, "pgid", "a process group id, or 0 for the caller's")};
}

Target Target::user(uid_t uid) {
    if (uid == std::numeric_limits<uid_t>::max()) {
        throw InvalidArgument("uid " + std::to_string(uid) + " is the kernel's \"no user\": pass a user's id");
    }
    return {Kind::user, uid};
}

Target Target::unit(std::string name) {
    Target target(Kind::unit, 0);
    target.name_ = std::move(name);
    return target;
}

Target Target::user_unit(std::string name) {
    auto target = unit(std::move(name));
    target.of_user_manager_ = true;
    return target;
}

Target Target::with_descendants() const {
    if (kind_ != Kind::process && kind_ != Kind::pidfd) {
        throw InvalidArgument("descendants are had by a process: use process() or pidfd()");
    }
    Target tree = *this;
    tree.descendants_ = true;
    return tree;
}

Target Target::keeping_explicit() const {
    if (kind_ != Kind::user) {
        throw InvalidArgument("only for the processes of a user explicit priorities can be kept: use user()");
    }
    Target unset = *this;
    unset.keeps_explicit_ = true;
    return unset;
}

}  // namespace iopriority
