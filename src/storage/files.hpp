// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Looking at files of the machine, as an interface: tests put a made-up machine in its place.
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
    DeviceNumber on;          ///< the device that its file system calls its own
    DeviceNumber device;      ///< of a block device: its number
};

class Files : public Interface {
 public:
    /// Follows symbolic links. access_denied where this user may not look.
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

/// Takes what stands before the next separator, and the separator, off the text. Two separators hold an empty word.
std::string_view take_word(std::string_view& text, char separator);

/// What a file of one line says: the text of the file up to the first newline; empty if it cannot be read.
[[nodiscard]] std::string read_line(const Files& files, const std::string& path);

}  // namespace iopriority::storage
