// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/privileges.hpp"

#include <cap-ng.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "process/syscalls.hpp"
#include "values/values.hpp"

namespace iopriority::service {

namespace {

constexpr auto held = static_cast<capng_select_t>(CAPNG_SELECT_CAPS);

Failure cannot(const std::string& what) {
    return {ErrorCode::failed, "cannot " + what + ": " + std::generic_category().message(errno)};
}

bool holds_sys_nice_alone() {
    capng_clear(CAPNG_SELECT_ALL);
    if (capng_get_caps_process() != 0 || capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_NICE) == 0) {
        return false;
    }
    int error = 0;
    return process::sys::permitted_capabilities(0, error) == 1ULL << CAP_SYS_NICE && error == 0;
}

void select_sys_nice() {
    capng_clear(CAPNG_SELECT_ALL);
    capng_update(CAPNG_ADD, static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED), CAP_SYS_NICE);
}

// Only root can write to /run, so nobody can have put something else there.
bool make_own_directory(const std::string& path, const passwd& owner) {
    constexpr mode_t own = 0700;
    return (::mkdir(path.c_str(), own) == 0 || errno == EEXIST) &&
           ::lchown(path.c_str(), owner.pw_uid, owner.pw_gid) == 0;
}

}  // namespace

Expected<std::monostate> keep_only_sys_nice(const std::string& user, const std::string& runtime_directory) {
    if (::geteuid() == 0 || ::getuid() == 0) {
        errno = 0;
        const passwd* entry = ::getpwnam(user.c_str());  // NOLINT(*-mt-unsafe): before any thread
        if (entry == nullptr) {
            return Failure{ErrorCode::failed,
                           "there is no user \"" + user + "\" to run as: make it with systemd-sysusers or adduser"};
        }
        if (!make_own_directory(runtime_directory, *entry)) {
            return cannot("make " + runtime_directory);
        }
        select_sys_nice();
        const auto flags = static_cast<capng_flags_t>(CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING);
        if (const int result = capng_change_id(static_cast<int>(entry->pw_uid), static_cast<int>(entry->pw_gid), flags);
            result != 0) {
            return Failure{ErrorCode::failed, "cannot become user \"" + user +
                                                  "\" with CAP_SYS_NICE (capng_change_id " + std::to_string(result) +
                                                  ")"};
        }
    } else if (!holds_sys_nice_alone()) {
        select_sys_nice();
        if (capng_apply(held) != 0) {
            return Failure{ErrorCode::failed,
                           "CAP_SYS_NICE is missing: start it as root, or through its systemd unit, or with "
                           "AmbientCapabilities=CAP_SYS_NICE"};
        }
    }
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {  // NOLINT(*-vararg)
        return cannot("set no_new_privs");
    }
    if (::getuid() == 0 || ::geteuid() == 0 || !holds_sys_nice_alone()) {
        return Failure{ErrorCode::failed, "the process still has more, or less, than CAP_SYS_NICE"};
    }
    if (::chdir("/") != 0) {
        return cannot("go to /");
    }
    return std::monostate{};
}

bool kernel_grants_realtime() {
    using process::sys::Who;
    const int result = process::sys::ioprio_set(Who::thread, 0, values::to_kernel(Priority::realtime(7)));
    static_cast<void>(process::sys::ioprio_set(Who::thread, 0, values::to_kernel(Priority::none())));
    return result == 0;
}

bool in_initial_user_namespace() {
    constexpr ino_t initial = 0xEFFFFFFD;  // the kernel's PROC_USER_INIT_INO, the same since Linux 3.8
    struct stat now {};
    // Without /proc this is unknown; the kernel's errors will show it.
    return ::stat("/proc/self/ns/user", &now) != 0 || now.st_ino == initial;
}

std::string expected_refusals(bool grants_realtime, bool initial_user_namespace) {
    if (!initial_user_namespace) {
        return "this is a user namespace (PrivateUsers= of the unit, or a container), where the kernel does not count "
               "CAP_SYS_NICE: the realtime class, and processes of other users, will be refused; run it without one";
    }
    if (!grants_realtime) {
        return "this kernel wants CAP_SYS_ADMIN for the realtime class (Linux before 5.10): realtime will be refused";
    }
    return {};
}

}  // namespace iopriority::service
