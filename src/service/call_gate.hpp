// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Refuses calls that hold more than any method of the contract takes.
#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <cstddef>

struct sd_bus_slot;

namespace iopriority::service {

/// The bus lets everybody send 32 MB, and the generated glue turns each option into a message of its own before a
/// handler is reached: half a million of them took a quarter of a minute and most of a gigabyte. So each call is looked
/// through, without copying, before it is decoded; one that holds too much is answered with InvalidArgs.
class CallGate {
 public:
    /// Values, those in containers and the containers themselves among them. SetProcess with every option has 20.
    static constexpr unsigned most_values = 128;
    /// Bytes of text in all.
    static constexpr std::size_t most_text = 8192;

    explicit CallGate(sdbus::IConnection& connection);
    CallGate(const CallGate&) = delete;
    CallGate& operator=(const CallGate&) = delete;
    CallGate(CallGate&&) = delete;
    CallGate& operator=(CallGate&&) = delete;
    ~CallGate();

 private:
    sd_bus_slot* slot_ = nullptr;
};

}  // namespace iopriority::service
