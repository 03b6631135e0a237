// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// mountinfo, and the way from what is mounted to the disks, where nothing else of the machine can be seen.
#include <algorithm>
#include <string>

#include "expect.hpp"
#include "storage/io_cgroup.hpp"
#include "storage/mounts.hpp"
#include "storage/storage.hpp"
#include "values/text.hpp"

namespace {

using namespace iopriority;
using fuzz::expect;

/// Every path is a file of the second mount, and a link to a device.
class Nowhere final : public storage::Files {
 public:
    using Files::read;
    explicit Nowhere(std::uint64_t mount) : mount_(mount) {}
    [[nodiscard]] Expected<storage::FileStatus> status(const std::string& path) const override {
        expect(path.starts_with('/'), "only absolute paths are looked at");
        return storage::FileStatus{storage::FileStatus::Kind::file, mount_, {}, {}};
    }
    [[nodiscard]] std::optional<std::string> read(const std::string& path, std::size_t most) const override {
        static_cast<void>(path);
        static_cast<void>(most);
        return std::nullopt;
    }
    [[nodiscard]] std::optional<std::string> link(const std::string& path) const override { return path; }
    [[nodiscard]] Expected<std::vector<std::string>> list(const std::string& directory) const override {
        return Failure{ErrorCode::failed, directory};
    }

 private:
    std::uint64_t mount_;
};

void check_storage(const std::vector<storage::Mount>& mounts, const storage::Mount& first) {
    const Nowhere files(mounts.back().id);
    const auto storage = storage::storage_below(files, mounts, {storage::FileStatus::Kind::file, first.id, {}, {}});
    constexpr std::size_t deepest = 16;
    expect(storage.levels.size() <= deepest, "a way down has an end");
    for (const auto& level : storage.levels) {
        for (const auto& name : level) {
            expect(values::sanitised(name, name.size()) == name, "what is shown is harmless");
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const fuzz::Input input(data, size);
    const auto mounts = storage::parse_mountinfo(input.rest());
    for (const auto& mount : mounts) {
        expect(mount.point.starts_with('/'), "a mount is somewhere");
        expect(!mount.type.empty(), "and has a type");
        for (const auto& directory : storage::overlay_directories(mount.options)) {
            expect(directory.starts_with('/'), "an overlay's directory is an absolute path");
        }
    }
    if (!mounts.empty()) {
        check_storage(mounts, mounts.front());
    }
    if (const auto plain = storage::unescaped(input.rest())) {
        const auto text = input.rest();
        expect(plain->size() <= size &&
                   std::count(plain->begin(), plain->end(), '\0') == std::count(text.begin(), text.end(), '\0'),
               "no byte is made up");
    }
    for (const auto& scheduler : storage::available_schedulers(input.rest())) {
        expect(scheduler.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
                   std::string::npos,
               "a scheduler's name is of letters, digits, - and _");
    }
    static_cast<void>(storage::read_io_cgroup(Nowhere(0), mounts, input.rest()));
    return 0;
}
