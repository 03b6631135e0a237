// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Read access to files of the machine, as an interface: tests replace it with a fake machine.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "process/read_file.hpp"
#include "values/expected.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::storage {

struct DeviceNumber {
    unsigned major = 0;
    unsigned minor = 0;

    friend auto operator<=>(const DeviceNumber&, const DeviceNumber&) = default;
};

struct FileStatus {
    enum class Kind : std::uint8_t { file, directory, block_device, other };

    Kind kind = Kind::other;
    std::uint64_t mount = 0;  ///< as in mountinfo; 0 if the kernel does not say (before Linux 5.8)
    DeviceNumber on;          ///< the device that its file system reports
    DeviceNumber device;      ///< for a block device: its number
};

class Files : public Interface {
 public:
    /// Follows symbolic links. access_denied if this user may not read it.
    [[nodiscard]] virtual Expected<FileStatus> status(const std::string& path) const = 0;
    /// The beginning of a file; nothing if it cannot be read.
    [[nodiscard]] virtual std::optional<std::string> read(const std::string& path, std::size_t most) const = 0;
    [[nodiscard]] std::optional<std::string> read(const std::string& path) const {
        return read(path, process::small_file);
    }
    /// Where a symbolic link points to.
    [[nodiscard]] virtual std::optional<std::string> link(const std::string& path) const = 0;
    /// Names in a directory without "." and "..", sorted, at most some tens of thousands; access_denied as above.
    [[nodiscard]] virtual Expected<std::vector<std::string>> list(const std::string& directory) const = 0;
};

/// This machine.
class RealFiles final : public Files {
 public:
    using Files::read;
    [[nodiscard]] Expected<FileStatus> status(const std::string& path) const override;
    [[nodiscard]] std::optional<std::string> read(const std::string& path, std::size_t most) const override;
    [[nodiscard]] std::optional<std::string> link(const std::string& path) const override;
    [[nodiscard]] Expected<std::vector<std::string>> list(const std::string& directory) const override;
};

/// Removes the text up to the next separator, and the separator. Between two adjacent separators is an empty word.
std::string_view take_word(std::string_view& text, char separator);

/// The first line of a file, without the newline; empty if the file cannot be read.
[[nodiscard]] std::string read_line(const Files& files, const std::string& path);

}  // namespace iopriority::storage
