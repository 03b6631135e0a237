// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The bus connection as a source of the loop.
#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <functional>
#include <string>

#include "service/arrivals.hpp"
#include "service/bus_reads.hpp"
#include "service/loop.hpp"
#include "values/not_copyable.hpp"

struct _GSource;

namespace iopriority::service {

class BusSource : public NotCopyable {
 public:
    /// @param arrivals examines what is about to be read.
    /// @param reads limits libsystemd to one message at a time.
    /// @param lost is called once, with the reason, if the bus connection is lost. The connection must outlive this.
    BusSource(Loop& loop, sdbus::IConnection& connection, Arrivals& arrivals, BusReads& reads,
              std::function<void(const std::string&)> lost);
    ~BusSource();

 private:
    _GSource* source_;
};

}  // namespace iopriority::service
