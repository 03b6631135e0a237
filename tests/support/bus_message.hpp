// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// sd-bus messages for tests: strings in, strings out. Not the library that the product uses, on purpose.
#pragma once

#include <systemd/sd-bus.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace iopriority::test {

template <typename T, T* (*release)(T*)>
struct Release {
    void operator()(T* object) const { release(object); }
};
using Message = std::unique_ptr<sd_bus_message, Release<sd_bus_message, sd_bus_message_unref>>;
using Bus = std::unique_ptr<sd_bus, Release<sd_bus, sd_bus_flush_close_unref>>;

/// Throws if an sd-bus function answered with a negative error.
int check(int result, const char* what);

/// Basic types only: one argument for each letter of the signature.
void append(sd_bus_message* message, const std::string& signature, const std::vector<std::string>& arguments);

/// All basic values in a message, containers flattened.
[[nodiscard]] std::vector<std::string> values_of(sd_bus_message* message);

/// All basic values in a message, each with its place: "0" and "1" are arguments, "left-alone/ended" is the entry of a
/// dictionary in a dictionary that is an argument, "each/0/threads" one of a member of an array. No descriptors.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> named_values_of(sd_bus_message* message);

}  // namespace iopriority::test
