// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What the handles of <iopriority.h> are.
#pragma once

#include <iopriority.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <iopriority/client.hpp>

namespace ip = iopriority;

struct iopriority_client {
    ip::Client client;
    std::chrono::milliseconds timeout{0};
};

struct iopriority_error {
    ip::ErrorCode code;
    std::string name;
    std::string message;
};

struct iopriority_target {
    ip::Target target;
};

struct iopriority_result {
    ip::Changed changed;
};

struct iopriority_details {
    explicit iopriority_details(ip::Details all) : details(std::move(all)) {
        for (const auto& member : details.each) {
            each.push_back(member.details ? std::make_unique<iopriority_details>(*member.details) : nullptr);
        }
    }

    ip::Details details;
    std::vector<std::unique_ptr<iopriority_details>> each;  ///< null: has ended
};

struct iopriority_devices {
    std::vector<ip::Device> devices;
};

namespace iopriority::client {

/// Puts a value where it is wanted. @return 1
template <typename T>
int put(T* result, T value) {
    if (result != nullptr) {
        *result = value;
    }
    return 1;
}

/// @return 0
inline int put(Priority priority, int* io_class, unsigned* level) {
    put(io_class, static_cast<int>(priority.io_class()));
    put(level, priority.level());
    return 0;
}

}  // namespace iopriority::client
