// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "storage/storage.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "storage/block_tree.hpp"
#include "values/ranges.hpp"
#include "values/text.hpp"

namespace iopriority::storage {

namespace {

constexpr std::size_t deepest = 16;       // levels
constexpr std::size_t most_steps = 2048;  // devices and file systems, counted once for each path to them

/// State on the way down from one file or device.
struct Way {
    std::size_t depth = 0;
    Arrival arrival = Arrival::whole;
    std::string loop;
    Honours effect = Honours::nothing;

    [[nodiscard]] Way down() const {
        Way way = *this;
        ++way.depth;
        return way;
    }
};

Honours effect_at(const Device& device, const Way& way) {
    const bool unseen =
        way.arrival == Arrival::lost || (way.arrival == Arrival::forwarded && device.scheduler == "bfq");
    return std::max(way.effect, unseen ? Honours::nothing : device.honours);
}

class Descent {
 public:
    Descent(const Files& files, const std::vector<Mount>& mounts) : files_(files), mounts_(mounts), tree_(files) {}

    void file(const FileStatus& status, const Way& way);
    void device(const std::optional<std::string>& name, const Way& way);
    Storage finish();

 private:
    void file_system(const Mount& mount, const Way& way);
    void devices_of(const Mount& mount, const Way& way);
    void source_of(const Mount& mount, const std::string& source, const Way& way);
    void overlay(const Mount& mount, const Way& way);
    void whole_device(const std::string& name, const Way& way);
    void loop(const std::string& name, const std::string& backing_file, const Way& way);
    std::size_t queue(const std::string& name, const Way& way);
    /// Runs `body` for the next level, unless this path was here before or is too deep.
    template <typename Body>
    void enter(const std::string& key, const std::string& shown, const Way& way, Body body);

    const Files& files_;
    const std::vector<Mount>& mounts_;
    BlockTree tree_;
    Storage storage_;
    bool has_medium_ = false;
    std::vector<std::string> above_;  // on the way here
    std::size_t steps_ = 0;
    std::size_t queues_met_ = 0;
};

template <typename Body>
void Descent::enter(const std::string& key, const std::string& shown, const Way& way, Body body) {
    if (way.depth >= deepest || ++steps_ > most_steps || values::contains(above_, key)) {
        storage_.complete = false;
        return;
    }
    auto& levels = storage_.levels;
    levels.resize(std::max(levels.size(), way.depth + 1));
    values::add_once(levels.at(way.depth), shown);
    above_.push_back(key);
    body();
    above_.pop_back();
}

void Descent::file(const FileStatus& status, const Way& way) {
    if (status.kind == FileStatus::Kind::block_device) {
        has_medium_ = true;
        storage_.medium = Medium::disk;
        device(tree_.name_of(status.device), way);
    } else if (const auto* mount = find_mount(mounts_, status)) {
        file_system(*mount, way);
    } else if (status.on.major != 0) {
        device(tree_.name_of(status.on), way);
    } else {
        storage_.complete = false;
    }
}

void Descent::file_system(const Mount& mount, const Way& way) {
    const auto type = values::sanitised(mount.type);
    enter("mount " + std::to_string(mount.id), type, way, [&] {
        if (mount.type == "overlay") {
            overlay(mount, way);
            return;
        }
        const auto medium = medium_of(mount.type);
        if (!std::exchange(has_medium_, true)) {
            storage_.medium = medium;
            storage_.type = type;
        }
        if (medium == Medium::disk) {
            storage_.compressed |=
                mount.type == "btrfs" && (mount.options.find(",compress=") != std::string::npos ||
                                          mount.options.find(",compress-force=") != std::string::npos);
            devices_of(mount, way.down());
        }
    });
}

void Descent::overlay(const Mount& mount, const Way& way) {
    const auto directories = overlay_directories(mount.options);
    storage_.complete &= !directories.empty();
    for (const auto& directory : directories) {
        if (const auto status = files_.status(directory)) {
            file(*status, way.down());
        } else {
            storage_.complete = false;
        }
    }
}

void Descent::devices_of(const Mount& mount, const Way& way) {
    if (mount.device.major != 0) {
        device(tree_.name_of(mount.device), way);
        return;
    }
    // One that spans several devices has a device number of its own, and as source one of them (bcachefs: all).
    std::string_view sources = mount.source;
    while (!sources.empty()) {
        source_of(mount, std::string(take_word(sources, mount.type == "bcachefs" ? ':' : '\0')), way);
    }
}

void Descent::source_of(const Mount& mount, const std::string& source, const Way& way) {
    const auto status =
        source.starts_with('/') ? files_.status(source) : Failure{ErrorCode::failed, "not a path"};  // "none"
    if (!status) {
        storage_.complete = false;
        return;
    }
    if (status->kind != FileStatus::Kind::block_device || mount.type != "btrfs") {
        file(*status, way);  // for ecryptfs it is a directory, for erofs it may be a file
        return;
    }
    const auto name = tree_.name_of(status->device);
    for (const auto& one : name ? tree_.btrfs_devices(*name) : std::vector<std::string>{""}) {
        device(one, way);
    }
}

void Descent::device(const std::optional<std::string>& name, const Way& way) {
    if (!name || !is_directory_name(*name)) {
        storage_.complete = false;
        return;
    }
    const auto disk = tree_.whole_disk(*name);
    enter("device " + disk, tree_.shown(disk), way, [&] { whole_device(disk, way); });
}

void Descent::whole_device(const std::string& name, const Way& way) {
    if (tree_.is_encrypted(name)) {
        values::add_once(storage_.encrypted, tree_.shown(name));
    }
    if (const auto backing_file = tree_.loop_file(name)) {
        loop(name, *backing_file, way);
        return;
    }
    const auto below = tree_.below(name);
    // With schedulers to choose from it has its own queue, like dm multipath, and the queues below are bypassed.
    if (below.empty() || !available_schedulers(tree_.schedulers(name)).empty()) {
        queue(name, way);
        return;
    }
    for (const auto& one : below) {
        device(one, way.down());
    }
}

std::size_t Descent::queue(const std::string& name, const Way& way) {
    const auto text = tree_.schedulers(name);
    const auto device = device_of(name, text);
    const Queue queue{.name = name,
                      .device = device,
                      .schedulers = available_schedulers(text),
                      .arrival = way.arrival,
                      .loop = way.loop,
                      .effect = effect_at(device, way),
                      .hidden = tree_.is_hidden(name)};
    ++queues_met_;
    auto& queues = storage_.queues;
    const auto same = std::ranges::find_if(queues, [&](const Queue& other) { return queue.is_same(other); });
    const auto index = static_cast<std::size_t>(same - queues.begin());
    if (same == queues.end()) {
        queues.push_back(queue);
    }
    return index;
}

void Descent::loop(const std::string& name, const std::string& backing_file, const Way& way) {
    const auto own = queue(name, way);
    const auto status = files_.status(backing_file);
    if (!status) {
        storage_.complete = false;
        return;
    }
    auto next = way.down();
    next.arrival = !tree_.loop_is_direct(name) ? Arrival::lost : std::max(way.arrival, Arrival::forwarded);
    next.loop = way.arrival == Arrival::lost ? way.loop : name;
    next.effect = storage_.queues.at(own).effect;
    const auto met = queues_met_;
    file(*status, next);
    storage_.queues.at(own).last = queues_met_ == met;
}

Storage Descent::finish() {
    if (!storage_.queues.empty()) {
        storage_.medium = Medium::disk;
    } else if (storage_.medium == Medium::disk) {
        storage_.medium = Medium::unknown;
        storage_.complete = false;
    }
    return std::move(storage_);
}

}  // namespace

Medium medium_of(std::string_view type) noexcept {
    constexpr std::array<std::string_view, 28> memory{
        "autofs",     "bdev",   "binfmt_misc", "bpf",       "cgroup",  "cgroup2",   "configfs",
        "debugfs",    "devpts", "devtmpfs",    "efivarfs",  "fusectl", "hugetlbfs", "mqueue",
        "nsfs",       "nullfs", "pipefs",      "proc",      "pstore",  "ramfs",     "resctrl",
        "rpc_pipefs", "rootfs", "securityfs",  "selinuxfs", "sysfs",   "tmpfs",     "tracefs",
    };
    constexpr std::array<std::string_view, 18> network{
        "9p",   "afs",  "ceph", "cifs",  "coda",     "davfs",  "lustre", "ncpfs",  "nfs",
        "nfs4", "nfsd", "smb3", "smbfs", "virtiofs", "beegfs", "gpfs",   "vboxsf", "orangefs",
    };
    if (values::contains(memory, type)) {
        return Medium::memory;
    }
    if (values::contains(network, type)) {
        return Medium::network;
    }
    if (type == "fuse" || type == "fuseblk" || type.starts_with("fuse.") || type.starts_with("fuseblk.")) {
        return Medium::program;
    }
    return type == "zfs" ? Medium::zfs : Medium::disk;
}

Storage storage_below(const Files& files, const std::vector<Mount>& mounts, const FileStatus& status) {
    Descent descent(files, mounts);
    descent.file(status, {});
    return descent.finish();
}

Expected<Storage> all_disks(const Files& files) {
    const auto disks = BlockTree(files).disks();
    if (!disks) {
        return disks.failure();
    }
    const std::vector<Mount> none;
    Descent descent(files, none);
    for (const auto& disk : *disks) {
        descent.device(disk, {});
    }
    auto storage = descent.finish();
    storage.medium = Medium::disk;
    return storage;
}

}  // namespace iopriority::storage
