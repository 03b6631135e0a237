// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client/bus_module.hpp"

#include <iopriority/error.hpp>

#include "values/module.hpp"

namespace iopriority::client {

namespace {

// IOPRIORITY_BUS_MODULE and _DIR are set by CMake for this file.
alignas(4) [[gnu::used, gnu::section(".note.dlopen")]] constexpr auto note = dlopen_note(
    R"([{"feature":"bus","description":"Calls the service if the kernel refuses","priority":"required",)"
    R"("soname":[")" IOPRIORITY_BUS_MODULE R"("]}])");

template <typename Function>
Function* of_module(const char* name) {
    const auto address =
        address_in_module({IOPRIORITY_BUS_MODULE, IOPRIORITY_BUS_MODULE_DIR "/" IOPRIORITY_BUS_MODULE}, name);
    if (!address && address.failure().code == ErrorCode::failed) {
        throw_failure(address.failure());
    }
    if (!address) {
        throw Unavailable(ErrorCode::service_unavailable,
                          "cannot load the part of libiopriority that calls the service (" + address.failure().message +
                              "): install libiopriority again; if it was upgraded just now, start this program again");
    }
    return reinterpret_cast<Function*>(*address);  // NOLINT(*-reinterpret-cast): as dlsym(3) has it
}

}  // namespace

std::shared_ptr<ServiceBackend> service_backend(const std::string& host) {
    const auto make = of_module<decltype(iopriority_bus_backend)>("iopriority_bus_backend");
    return std::shared_ptr<ServiceBackend>(make(host.c_str()));
}

bool has_session() {
    return of_module<decltype(iopriority_has_session)>("iopriority_has_session")();
}

}  // namespace iopriority::client
