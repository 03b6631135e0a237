// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/storage.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "kernel/block_tree.hpp"
#include "values/text.hpp"

namespace iopriority::kernel {

namespace {

constexpr std::size_t deepest = 16;         // levels
constexpr std::size_t most_devices = 1024;  // and file systems, each

template <std::size_t Size>
bool contains(const std::array<std::string_view, Size>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// On the way down from one file or device.
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
    void overlay(const Mount& mount, const Way& way);
    void loop(const std::string& name, const std::string& backing_file, const Way& way);
    std::size_t queue(const std::string& name, const Way& way);
    /// False where it goes no further.
    bool enter(const std::string& what, const Way& way);

    const Files& files_;
    const std::vector<Mount>& mounts_;
    BlockTree tree_;
    Storage storage_;
    bool has_medium_ = false;
    std::set<std::string> devices_;
    std::set<std::uint64_t> file_systems_;
};

bool Descent::enter(const std::string& what, const Way& way) {
    if (way.depth >= deepest || devices_.size() + file_systems_.size() > most_devices) {
        storage_.complete = false;
        return false;
    }
    auto& levels = storage_.levels;
    levels.resize(std::max(levels.size(), way.depth + 1));
    auto& level = levels.at(way.depth);
    if (std::find(level.begin(), level.end(), what) == level.end()) {
        level.push_back(what);
    }
    return true;
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
    if (!file_systems_.insert(mount.id).second || !enter(type, way)) {
        return;
    }
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
        storage_.compressed |= mount.type == "btrfs" && mount.options.find("compress") != std::string::npos;
        devices_of(mount, way.down());
    }
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
    // One that spans several devices has a number of its own, and one of its devices as source: of bcachefs, all.
    std::string_view sources = mount.source;
    while (!sources.empty()) {
        const auto source = sources.substr(0, mount.type == "bcachefs" ? sources.find(':') : sources.npos);
        sources.remove_prefix(std::min(sources.size(), source.size() + 1));
        const auto name = tree_.name_of(std::string(source));
        if (name && mount.type == "btrfs") {
            for (const auto& one : tree_.btrfs_devices(*name)) {
                device(one, way);
            }
        } else {
            device(name, way);
        }
    }
}

void Descent::device(const std::optional<std::string>& name, const Way& way) {
    if (!name || !is_directory_name(*name)) {
        storage_.complete = false;
        return;
    }
    const auto disk = tree_.whole_disk(*name);
    if (!enter(tree_.shown(disk), way) || !devices_.insert(disk).second) {
        return;
    }
    if (tree_.is_encrypted(disk)) {
        storage_.encrypted.push_back(tree_.shown(disk));
    }
    if (const auto backing_file = tree_.loop_file(disk)) {
        loop(disk, *backing_file, way);
        return;
    }
    const auto below = tree_.below(disk);
    // With schedulers to choose from it has a queue of its own, as dm multipath, and those below are passed by.
    if (below.empty() || !available_schedulers(tree_.schedulers(disk)).empty()) {
        queue(disk, way);
        return;
    }
    for (const auto& one : below) {
        device(one, way.down());
    }
}

std::size_t Descent::queue(const std::string& name, const Way& way) {
    const auto text = tree_.schedulers(name);
    const auto active = active_scheduler(text);
    Queue queue;
    queue.name = name;
    queue.device = {device_name(name), active, honoured_by(active)};
    queue.schedulers = available_schedulers(text);
    queue.arrival = way.arrival;
    queue.loop = way.loop;
    queue.effect = effect_at(queue.device, way);
    queue.hidden = tree_.is_hidden(name);
    storage_.queues.push_back(std::move(queue));
    return storage_.queues.size() - 1;
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
    file(*status, next);
    storage_.queues.at(own).last = storage_.queues.size() == own + 1;
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
    constexpr std::array<std::string_view, 16> network{
        "9p",  "afs",  "ceph", "cifs", "coda",  "davfs",    "lustre", "ncpfs",
        "nfs", "nfs4", "nfsd", "smb3", "smbfs", "virtiofs", "beegfs", "gpfs",
    };
    if (contains(memory, type)) {
        return Medium::memory;
    }
    if (contains(network, type)) {
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

}  // namespace iopriority::kernel
