// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The methods of org.example.IoPriority.Extended1, free of the bus.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "kernel/survey.hpp"
#include "kernel/unique_fd.hpp"
#include "service/answer.hpp"
#include "service/call.hpp"
#include "service/describing.hpp"
#include "service/leases.hpp"
#include "service/units.hpp"
#include "targets/target.hpp"

namespace iopriority::service {

/// The options of all methods; which of them a method knows is checked where they are decoded.
struct ChangeOptions {
    bool descendants = false;
    bool keep_explicit = false;
    bool user_manager = false;
};

/// The two values of the bus, unchecked.
struct WantedText {
    std::string io_class;
    std::uint32_t level = 0;
};

class ExtendedService {
 public:
    ExtendedService(const Parts& parts, Units& units, Leases& leases) : parts_(parts), units_(units), leases_(leases) {}

    using SetAnswer = Answer<targets::Outcome>;
    using DescribeAnswer = Answer<kernel::Description>;
    /// The holder's descriptor; shared, since an answer is passed by reference.
    using Lease = std::shared_ptr<kernel::UniqueFd>;
    using HoldAnswer = Answer<Lease>;

    void set_process(Call call, std::uint32_t pid, const WantedText& wanted, ChangeOptions options, SetAnswer answer);
    void set_process(Call call, kernel::UniqueFd pidfd, const WantedText& wanted, ChangeOptions options,
                     SetAnswer answer);
    void set_group(Call call, std::uint32_t pgid, const WantedText& wanted, SetAnswer answer);
    void set_user(Call call, std::uint32_t uid, const WantedText& wanted, ChangeOptions options, SetAnswer answer);
    void set_unit(Call call, const std::string& unit, const WantedText& wanted, ChangeOptions options,
                  SetAnswer answer);

    void hold_process(Call call, std::uint32_t pid, const WantedText& wanted, HoldAnswer answer);
    [[nodiscard]] std::uint32_t leases() const noexcept { return leases_.count(); }

    void describe_process(Call call, std::uint32_t pid, DescribeAnswer answer);
    void describe_process(Call call, kernel::UniqueFd pidfd, DescribeAnswer answer);
    void describe_group(Call call, std::uint32_t pgid, DescribeAnswer answer);
    void describe_user(Call call, std::uint32_t uid, DescribeAnswer answer);

 private:
    using Pin = std::function<targets::PinnedTarget(const Caller&)>;
    void change(Call call, const Expected<Priority>& wanted, Pin pin, SetAnswer answer);

    Parts parts_;
    Units& units_;
    Leases& leases_;
};

}  // namespace iopriority::service
