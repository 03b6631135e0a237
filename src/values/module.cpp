// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/module.hpp"

#include <dlfcn.h>

#include <string>

namespace iopriority {

Expected<void*> address_in_module(const char* file, const char* directory, const char* function) {
    constexpr int mode = RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE;
    void* module = ::dlopen(file, mode);
    if (module == nullptr) {
        module = ::dlopen((std::string(directory) + '/' + file).c_str(), mode);
    }
    if (void* address = module != nullptr ? ::dlsym(module, function) : nullptr) {
        return address;
    }
    const char* why = ::dlerror();  // NOLINT(concurrency-mt-unsafe): of this thread
    return Failure{ErrorCode::service_unavailable, why != nullptr ? why : "no reason given"};
}

}  // namespace iopriority
