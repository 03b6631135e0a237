// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "process/credentials.hpp"

#include <fcntl.h>
#include <poll.h>

#include <cerrno>
#include <string>
#include <utility>

#include "process/proc_text.hpp"
#include "process/process.hpp"
#include "process/syscalls.hpp"

namespace iopriority::process {

Expected<Credentials> CredentialReader::of(pid_t tid) {
    if (plain_uid_ && plain_.contains(tid)) {
        if (witness_lives()) {
            return Credentials{*plain_uid_, false};
        }
        forget();
    }
    auto reading = read(tid);
    if (!reading) {
        return reading.failure();
    }
    const auto credentials = reading->credentials;
    remember(tid, *std::move(reading));
    return credentials;
}

bool CredentialReader::witness_lives() const {
    pollfd event{witness_.get(), POLLIN, 0};
    return witness_ && ::poll(&event, 1, 0) == 0;
}

void CredentialReader::remember(pid_t tid, Reading reading) {
    const auto uid = reading.credentials.real_uid;
    mixed_ = mixed_ || !reading.plain || (plain_uid_ && *plain_uid_ != uid);
    if (mixed_) {
        forget();
        return;
    }
    if (!witness_ && tid != process_.pid() && reading.pidfd) {
        witness_ = std::move(reading.pidfd);
    }
    if (witness_) {  // one that was seen before the witness may have executed a program since
        plain_uid_ = uid;
        plain_.insert(tid);
    }
}

void CredentialReader::forget() {
    witness_ = {};
    plain_uid_.reset();
    plain_.clear();
}

Expected<CredentialReader::Reading> CredentialReader::read(pid_t tid) const {
    const bool first = tid == process_.pid();  // the one that the pidfd of the process speaks of
    if (process_.source() == CredentialSource::proc) {
        return read_from_proc(tid);
    }
    UniqueFd own(first ? -EINVAL : sys::pidfd_open_thread(tid));
    if (!own && !first) {
        return own.release() == -ESRCH ? Expected<Reading>(process_.ended()) : read_from_proc(tid);
    }
    int error = 0;
    const auto permitted = sys::permitted_capabilities(tid, error);
    // This is read by number. It was this thread's: the pidfd still refers to a live thread afterwards.
    int info_error = 0;
    const auto info = sys::pidfd_info(first ? process_.pidfd() : own.get(), info_error);
    if (error == -ESRCH || info_error == -ESRCH || (info && info->process != process_.pid())) {
        return process_.ended();
    }
    if (!info || error < 0) {
        return read_from_proc(tid);
    }
    const bool plain = permitted == 0 && info->real_uid == info->effective_uid && info->real_uid == info->saved_uid;
    return Reading{{info->real_uid, permitted != 0 && !in_namespace_of(info->real_uid)}, plain, std::move(own)};
}

Expected<CredentialReader::Reading> CredentialReader::read_from_proc(pid_t tid) const {
    const auto text = process_.read(("task/" + std::to_string(tid) + "/status").c_str());
    if (!text) {
        // Where the threads can be listed, it is not hidden but gone.
        return process_.open("task", O_DIRECTORY) ? process_.ended() : text.failure();
    }
    const auto status = parse_status(*text);
    if (!status) {
        return Failure{ErrorCode::failed,
                       "status of thread " + std::to_string(tid) + " is not as proc_pid_status(5) has it"};
    }
    return Reading{{status->real_uid, status->permitted != 0 && !in_namespace_of(status->real_uid)}};
}

// Without privilege a user can map only his own uid and one gid into a namespace, and the gid only after permanently
// giving up setgroups (user_namespaces(7)). All threads of a process share one user namespace.
bool CredentialReader::in_namespace_of(uid_t uid) const {
    const auto uids = process_.read("uid_map");
    const auto gids = process_.read("gid_map");
    const auto groups = process_.read("setgroups");
    return uids && gids && groups && only_mapped_id(*uids) == uid && only_mapped_id(*gids) && *groups == "deny\n";
}

}  // namespace iopriority::process
