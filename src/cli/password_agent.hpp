// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Runs pkttyagent(1), which asks for a password at the terminal, for as long as a call may need it.
#pragma once

#include <functional>

#include "cli/command.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::cli {

/// pkttyagent as the authentication agent of this process. The destructor ends it and restores the terminal. A signal
/// that ends this process ends the agent as well.
class PasswordAgent : public NotCopyable {
 public:
    /// Starts it and waits until polkit knows it. Does nothing if this process has no terminal or is in its
    /// background, or if there is no pkttyagent: the call then fails with its own error.
    PasswordAgent();
    ~PasswordAgent();
};

/// Makes a call, first without a dialog. Only if polkit then wants a password and a person may be asked does it start
/// an agent and make the call again.
/// @param call takes CallOptions
/// @param before_asking called before that
template <typename Call>
auto with_password(
    const Options& options, const Call& call, const std::function<void()>& before_asking = [] {}) {
    auto how = options.call();
    if (!how.interactive) {
        return call(how);
    }
    how.interactive = false;
    try {
        return call(how);
    } catch (const NotAuthorized& error) {
        if (error.code() != ErrorCode::interaction_required) {
            throw;
        }
    }
    how.interactive = true;
    before_asking();
    const PasswordAgent agent;
    return call(how);
}

}  // namespace iopriority::cli
