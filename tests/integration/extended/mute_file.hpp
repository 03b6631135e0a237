// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A file of a file system that does not answer.
#pragma once

#include <string>
#include <thread>

#include "cast.hpp"

namespace iopriority::test {

/// Mounted with FUSE: can be opened and closed, and is silent when anything else is asked of it.
class MuteFile {
 public:
    MuteFile();
    MuteFile(const MuteFile&) = delete;
    MuteFile& operator=(const MuteFile&) = delete;
    MuteFile(MuteFile&&) = delete;
    MuteFile& operator=(MuteFile&&) = delete;
    ~MuteFile();

    [[nodiscard]] const std::string& path() const { return path_; }

 private:
    void serve() const;

    std::string path_{"/run/mute"};
    Descriptor device_;
    std::thread server_;
};

}  // namespace iopriority::test
