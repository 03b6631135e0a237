// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The part of the library that calls the service is a module of its own. It is loaded when the kernel has refused, so
/// a program whose calls the kernel permits does not load sdbus-c++ and libsystemd: they take longer than
/// libstdc++.
#pragma once

#include "client/service_backend.hpp"

// What the module has. Both sides are of one version, by the module's name.
extern "C" {
/// The service on the system bus. Connects at the first call, and again after the connection was lost.
/// @param host of another machine, over ssh; empty: of this one
/// @return owned by the caller. @throws Unavailable
__attribute__((visibility("default"))) iopriority::client::ServiceBackend* iopriority_bus_backend(const char* host);

/// Whether this process belongs to a session of logind, or its user has one.
__attribute__((visibility("default"))) bool iopriority_has_session();
}

namespace iopriority::client {

/// The same functions, of the module. Each throws Unavailable if that cannot be loaded.
///@{
[[nodiscard]] std::shared_ptr<ServiceBackend> service_backend(const std::string& host = {});
[[nodiscard]] bool has_session();
///@}

}  // namespace iopriority::client
