// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The files of a made-up machine, and words to make it with.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "storage/files.hpp"

namespace iopriority::storage::test {

class FakeFiles final : public Files {
 public:
    using Files::read;

    [[nodiscard]] Expected<FileStatus> status(const std::string& path) const override {
        const auto found = statuses.find(path);
        return found != statuses.end() ? Expected<FileStatus>(found->second)
                                       : Failure{ErrorCode::failed, path + ": No such file or directory"};
    }
    [[nodiscard]] std::optional<std::string> read(const std::string& path, std::size_t most) const override {
        const auto found = texts.find(path);
        return found != texts.end() ? std::optional(found->second.substr(0, most)) : std::nullopt;
    }
    [[nodiscard]] std::optional<std::string> link(const std::string& path) const override {
        const auto found = links.find(path);
        return found != links.end() ? std::optional(found->second) : std::nullopt;
    }
    [[nodiscard]] Expected<std::vector<std::string>> list(const std::string& directory) const override {
        const auto found = lists.find(directory);
        return found != lists.end() ? Expected<std::vector<std::string>>({found->second.begin(), found->second.end()})
                                    : Failure{ErrorCode::failed, directory + ": No such file or directory"};
    }

    /// A disk, or anything else that is no partition. Without schedulers: it has none.
    void add_device(const std::string& name, DeviceNumber number, const std::string& schedulers = "") {
        const auto path = "/sys/class/block/" + name;
        links[path] = "../../devices/somewhere/block/" + name;
        links[number_path(number)] = "../../devices/somewhere/block/" + name;
        texts[path + "/size"] = "2048\n";
        lists["/sys/block"].insert(name);
        if (!schedulers.empty()) {
            texts[path + "/queue/scheduler"] = schedulers + "\n";
        }
        statuses["/dev/" + name] = {FileStatus::Kind::block_device, 1, {0, 5}, number};
    }
    /// A disk with a driver behind it.
    void add_disk(const std::string& name, DeviceNumber number, const std::string& schedulers) {
        add_device(name, number, schedulers);
        links["/sys/class/block/" + name + "/device"] = "../../../0:0:0:0";
    }
    void add_partition(const std::string& disk, const std::string& name, DeviceNumber number) {
        const auto path = "/sys/class/block/" + name;
        links[path] = "../../devices/somewhere/block/" + disk + "/" + name;
        links[number_path(number)] = links[path];
        texts[path + "/partition"] = "1\n";
        statuses["/dev/" + name] = {FileStatus::Kind::block_device, 1, {0, 5}, number};
    }
    void put_below(const std::string& name, const std::vector<std::string>& below) {
        lists["/sys/class/block/" + name + "/slaves"] = {below.begin(), below.end()};
    }
    void add_loop(const std::string& name, DeviceNumber number, const std::string& file, bool direct) {
        add_device(name, number, "[none] mq-deadline");
        texts["/sys/class/block/" + name + "/loop/backing_file"] = file + "\n";
        texts["/sys/class/block/" + name + "/loop/dio"] = direct ? "1\n" : "0\n";
    }
    void add_file(const std::string& path, std::uint64_t mount, DeviceNumber on) {
        statuses[path] = {FileStatus::Kind::file, mount, on, {}};
    }

    std::map<std::string, FileStatus> statuses;
    std::map<std::string, std::string> texts;
    std::map<std::string, std::string> links;
    std::map<std::string, std::set<std::string>> lists;

 private:
    static std::string number_path(DeviceNumber number) {
        return "/sys/dev/block/" + std::to_string(number.major) + ":" + std::to_string(number.minor);
    }
};

}  // namespace iopriority::storage::test
