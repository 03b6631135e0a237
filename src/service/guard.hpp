// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The exception boundary of requests.
#pragma once

#include <exception>
#include <string>

#include "values/expected.hpp"

namespace iopriority::service {

/// Runs a step. Whatever it throws becomes a failure, so that the caller gets an error and the service continues. If
/// there is no memory for this failure, one that needs none is used.
template <typename Step, typename Fail>
void guard(Step& step, Fail fail) {
    try {
        try {
            step();
        } catch (const std::exception& e) {
            fail(Failure{ErrorCode::failed, std::string("the service failed: ") + e.what()});
        } catch (...) {
            fail(Failure{ErrorCode::failed, "the service failed for a reason it does not know"});
        }
    } catch (...) {
        fail(Failure{ErrorCode::failed, "out of memory"});
    }
}

}  // namespace iopriority::service
