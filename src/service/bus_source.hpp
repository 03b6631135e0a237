// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The bus connection as a source of the loop.
#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <functional>
#include <string>

struct _GSource;

namespace iopriority::service {

class BusSource {
 public:
    /// @param lost is called once if the bus goes away, with the reason. The connection must outlive this.
    BusSource(sdbus::IConnection& connection, std::function<void(const std::string&)> lost);
    BusSource(const BusSource&) = delete;
    BusSource& operator=(const BusSource&) = delete;
    BusSource(BusSource&&) = delete;
    BusSource& operator=(BusSource&&) = delete;
    ~BusSource();

    /// Handles all that has arrived so far.
    void drain();

 private:
    _GSource* source_;
};

}  // namespace iopriority::service
