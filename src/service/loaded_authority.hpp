// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// polkit's authority in a module that is loaded at the first question: most calls need none, and libpolkit brings nine
/// more libraries with it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "policy/authority.hpp"
#include "service/loop.hpp"

namespace iopriority::service {

class LoadedAuthority final : public policy::Authority {
 public:
    /// @param module the path of the module. Without it each question is answered with `unavailable`.
    LoadedAuthority(Loop& loop, std::string module) : loop_(loop), module_(std::move(module)) {}

    [[nodiscard]] std::unique_ptr<Check> check(const policy::Question& question,
                                               std::function<void(const policy::Answer&)> handler,
                                               std::shared_ptr<const void> place) override;

 private:
    /// @return why it could not be loaded; empty if it is there
    std::string load();

    Loop& loop_;
    std::string module_;
    std::unique_ptr<policy::Authority> authority_;
};

}  // namespace iopriority::service
