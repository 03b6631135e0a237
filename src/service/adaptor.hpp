// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The service's object on the bus: the generated glue on one side, Service on the other. No exception passes it:
/// with sdbus-c++ 1.2 anything but sdbus::Error that leaves a handler ends the daemon.
#pragma once

#include <bus/iopriority_adaptor.hpp>

#include <string>
#include <vector>

#include "service/service.hpp"

namespace iopriority::service {

class Adaptor final : public sdbus::AdaptorInterfaces<org::example::IoPriority_adaptor> {
 public:
    Adaptor(sdbus::IConnection& connection, Service& service);
    Adaptor(const Adaptor&) = delete;
    Adaptor& operator=(const Adaptor&) = delete;
    Adaptor(Adaptor&&) = delete;
    Adaptor& operator=(Adaptor&&) = delete;
    ~Adaptor();

 private:
    void SetProcess(sdbus::Result<std::uint32_t>&& result, std::uint32_t pid, std::string io_class,
                    std::uint32_t level) override;
    void SetUser(sdbus::Result<std::uint32_t, std::uint32_t>&& result, std::uint32_t uid, std::string io_class,
                 std::uint32_t level) override;
    void Get(sdbus::Result<std::string, std::uint32_t>&& result, std::uint32_t pid) override;
    std::string Version() override;
    std::vector<std::string> Features() override;

    [[nodiscard]] Call current_call() const;

    Service& service_;
};

}  // namespace iopriority::service
