// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client/changing.hpp"

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

namespace iopriority::client {

namespace {

constexpr auto until_second_round = std::chrono::milliseconds(20);

Failure refusal(const kernel::ThreadSetter& setter, const std::string& label) {
    if (setter.refusal() == EPERM) {
        return {ErrorCode::access_denied, label + ": the kernel does not let this user do that, only the service can"};
    }
    return {ErrorCode::failed, label + ": ioprio_set: " + std::generic_category().message(setter.refusal())};
}

Failure outrun(const kernel::ThreadSetter& setter, const std::string& label) {
    return {ErrorCode::partially_applied,
            label + " starts threads faster than they can be set: " + std::to_string(setter.as_wanted()) +
                " read back as wanted in the last pass; try again"};
}

}  // namespace

Expected<unsigned> change_threads(kernel::ThreadGroup& threads, Priority wanted, const Label& label) {
    kernel::ThreadSetter setter(threads, wanted);
    setter.run();
    if (setter.restless() && !setter.gone() && setter.refused() == 0) {
        std::this_thread::sleep_for(until_second_round);
        setter.again();
        setter.run();
    }
    if (setter.gone()) {
        return Failure{ErrorCode::no_such_process, label() + " has ended"};
    }
    if (setter.refused() > 0) {
        setter.undo();
        return refusal(setter, label());
    }
    if (setter.outrun()) {
        return outrun(setter, label());
    }
    return setter.as_wanted();
}

Expected<targets::Outcome> change_several(targets::Target& several, Priority wanted) {
    several.begin_look();
    while (!several.look_step()) {
    }
    if (const auto owners = several.owners(); !owners) {
        return owners.failure();
    }
    if (const auto ready = several.begin(wanted, nullptr); !ready) {
        return ready.failure();
    }
    const auto run = [&several] {
        while (!several.step()) {
        }
        return several.refusal() != EPERM;
    };
    bool allowed = run();
    if (allowed && several.restless()) {
        std::this_thread::sleep_for(until_second_round);
        several.again();
        allowed = run();
    }
    if (!allowed) {
        several.undo();
        return Failure{ErrorCode::access_denied, several.name().text +
                                                     ": the kernel does not let this user change all of them, only the "
                                                     "service can"};
    }
    return several.result();
}

}  // namespace iopriority::client
