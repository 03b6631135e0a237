// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The service, started by hand as systemd starts it: with a notify socket, and the descriptors that it has stored.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>

#include "cast.hpp"

namespace iopriority::test {

/// systemd's file descriptor store and what is around it.
class DescriptorStore {
 public:
    DescriptorStore();
    DescriptorStore(const DescriptorStore&) = delete;
    DescriptorStore& operator=(const DescriptorStore&) = delete;
    DescriptorStore(DescriptorStore&&) = delete;
    DescriptorStore& operator=(DescriptorStore&&) = delete;
    ~DescriptorStore();

    /// Starts the service with what is stored, and waits until it has its name on the bus.
    void start();
    /// Ends it and waits for its end.
    void stop(int signal);

    /// What is stored now, by name.
    const std::map<std::string, Descriptor>& stored();
    void add(const std::string& name, Descriptor descriptor) { stored_[name] = std::move(descriptor); }
    void forget() {
        stored();
        stored_.clear();
    }

 private:
    bool receive_one();
    [[noreturn]] void run() const;

    Descriptor socket_;
    std::map<std::string, Descriptor> stored_;
    pid_t pid_ = -1;
};

}  // namespace iopriority::test
