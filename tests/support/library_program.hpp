// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A program of alice's that uses libiopriority (library_user.cpp).
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "child.hpp"
#include "private_bus.hpp"

namespace iopriority::test {

class LibraryProgram {
 public:
    explicit LibraryProgram(const Command& environment = {})
        : child_{"alice", [&] {
                     Command command{"env"};
                     command.insert(command.end(), environment.begin(), environment.end());
                     command.push_back(tool("library_user"));
                     return command;
                 }()} {
        EXPECT_EQ(child_.read_line(), "ready");
    }
    std::string operator()(const std::string& line) {
        child_.write_line(line);
        return child_.read_line();
    }
    void send(const std::string& line) { child_.write_line(line); }
    std::string answer() { return child_.read_line(); }
    [[nodiscard]] pid_t pid() const { return child_.pid(); }
    Child& child() { return child_; }
    Result finish() { return child_.finish(); }

 private:
    Child child_;
};

}  // namespace iopriority::test
