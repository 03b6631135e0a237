// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A file of a file system that does not answer.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "cast.hpp"

namespace iopriority::test {

/// Mounted with FUSE: can be opened and closed, and is silent when anything else is asked of it.
class MuteFile {
 public:
    enum class Closing : std::uint8_t { answered, silent };

    explicit MuteFile(Closing closing = Closing::answered);
    MuteFile(const MuteFile&) = delete;
    MuteFile& operator=(const MuteFile&) = delete;
    MuteFile(MuteFile&&) = delete;
    MuteFile& operator=(MuteFile&&) = delete;
    ~MuteFile();

    [[nodiscard]] const std::string& path() const { return path_; }
    /// Somebody waits in close(2).
    [[nodiscard]] bool is_closing() const { return closing_now_; }
    /// Whoever waits for an answer gets an error.
    void give_up() const;

 private:
    void serve();

    Closing closing_;
    std::atomic<bool> closing_now_{false};
    std::string path_{"/run/mute"};
    Descriptor device_;
    std::thread server_;
};

}  // namespace iopriority::test
