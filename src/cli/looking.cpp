// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/verdict.hpp"

#include <algorithm>
#include <iterator>
#include <map>

#include "cli/translation.hpp"
#include "client/direct.hpp"
#include "process/process.hpp"
#include "values/text.hpp"

namespace iopriority::cli {

namespace {

using storage::Files;
using storage::FileStatus;

constexpr std::size_t largest_mountinfo = 16 << 20;
constexpr std::size_t most_places = 256;

std::string proc(pid_t pid) {
    return "/proc/" + std::to_string(pid);
}

std::vector<storage::Mount> mounts_of(const Files& files, const std::string& process) {
    return storage::parse_mountinfo(files.read(process + "/mountinfo", largest_mountinfo).value_or(""));
}

/// The mounts that the process sees, then our own: what backs them may be mounted only here.
std::vector<storage::Mount> mounts_of(const Files& files, pid_t pid) {
    auto mounts = mounts_of(files, proc(pid));
    auto own = mounts_of(files, "/proc/self");
    mounts.insert(mounts.end(), std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
    return mounts;
}

}  // namespace

Expected<std::vector<Place>> places_of(const Files& files, pid_t pid) {
    const auto directory = proc(pid) + "/fd/";
    const auto numbers = files.list(directory);
    if (!numbers) {
        return numbers.failure();
    }
    std::vector<Place> places;
    if (numbers->empty()) {  // a kernel thread
        return places;
    }
    const auto mounts = mounts_of(files, pid);
    std::map<std::string, FileStatus> found;
    const auto add = [&](const std::string& link) {
        const auto status = files.status(link);
        if (!status || status->kind == FileStatus::Kind::other || found.size() >= most_places) {
            return;
        }
        const auto* const mount =
            status->kind != FileStatus::Kind::block_device ? storage::find_mount(mounts, *status) : nullptr;
        found.try_emplace(mount != nullptr ? mount->point : files.link(link).value_or("?"), *status);
    };
    add(proc(pid) + "/cwd");
    for (const auto& number : *numbers) {
        add(directory + number);
    }
    for (const auto& [name, status] : found) {
        places.push_back({values::sanitised(name), storage::storage_below(files, mounts, status)});
    }
    // Every process has files in memory open; they matter only if there is nothing else.
    const auto in_memory = [](const Place& place) { return place.storage.medium == storage::Medium::memory; };
    if (!std::ranges::all_of(places, in_memory)) {
        std::erase_if(places, in_memory);
    }
    return places;
}

Expected<Looked> look_at_path(const Files& files, const std::string& path) {
    const auto status = path.empty() ? Failure{ErrorCode::failed, tr("the path is empty")} : files.status(path);
    if (!status) {
        return status.failure();
    }
    if (status->kind == FileStatus::Kind::other) {
        return Failure{ErrorCode::failed,
                       tr("%1: neither a file, a directory nor a block device", values::sanitised(path))};
    }
    const auto storage = storage::storage_below(files, mounts_of(files, "/proc/self"), *status);
    return Looked{path, std::nullopt, {{values::sanitised(path), storage}}};
}

Expected<Looked> look_at_process(const Files& files, pid_t pid) {
    const auto process = process::Process::pin(pid);
    if (!process) {
        return process.failure();
    }
    auto described = client::direct_backend()->serve({client::What::describe, Target::process(pid)});
    if (!described) {
        return described.failure();
    }
    ProcessFacts facts{pid, process->name(), std::move(*described).details, {}};
    auto places = places_of(files, pid);
    facts.cgroup =
        storage::read_io_cgroup(files, mounts_of(files, "/proc/self"), files.read(proc(pid) + "/cgroup").value_or(""));
    // All of this was read by process id: it is valid only if the process still owns the id afterwards.
    if (!process->owns_number() || !process->running()) {
        return process->ended();
    }
    if (!places) {
        const bool denied = places.failure().code == ErrorCode::access_denied;
        return Failure{places.failure().code,
                       tr("process %1 (%2): its open files cannot be seen: %3", pid, facts.name,
                          denied ? tr("run this with sudo, or name a path") : places.failure().message)};
    }
    return Looked{std::nullopt, std::move(facts), *std::move(places)};
}

Expected<Looked> look_at_all(const Files& files) {
    auto disks = storage::all_disks(files);
    if (!disks) {
        return disks.failure();
    }
    return Looked{std::nullopt, std::nullopt, {{"", *std::move(disks)}}};
}

}  // namespace iopriority::cli
