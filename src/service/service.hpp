// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The methods of the contract, free of the bus: each checks its arguments and sends its request on the way.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "service/answer.hpp"
#include "service/call.hpp"
#include "targets/target.hpp"

namespace iopriority::service {

class Service {
 public:
    explicit Service(const Parts& parts) : parts_(parts) {}

    void set_process(Call call, std::uint32_t pid, const std::string& io_class, std::uint32_t level,
                     Answer<targets::Outcome> answer);
    void set_user(Call call, std::uint32_t uid, const std::string& io_class, std::uint32_t level,
                  Answer<targets::Outcome> answer);
    void get(Call call, std::uint32_t pid, Answer<Priority> answer);

    [[nodiscard]] static std::string version();
    [[nodiscard]] static std::vector<std::string> features();

 private:
    Parts parts_;
};

}  // namespace iopriority::service
