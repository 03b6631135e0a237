// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/module.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace iopriority {

Expected<void*> address_in_module(std::initializer_list<const char*> files, const char* function) {
    void* module = nullptr;
    for (const char* file : files) {
        module = module != nullptr ? module : ::dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    }
    if (void* address = module != nullptr ? ::dlsym(module, function) : nullptr) {
        return address;
    }
    const char* why = ::dlerror();                      // NOLINT(concurrency-mt-unsafe): of this thread
    const int probe = ::open("/", O_PATH | O_CLOEXEC);  // NOLINT(*-vararg): which needs no more than a descriptor
    if (probe < 0) {
        return Failure{ErrorCode::failed,
                       std::string("opening ") + *files.begin() + ": " + std::generic_category().message(errno)};
    }
    ::close(probe);
    return Failure{ErrorCode::service_unavailable, why != nullptr ? why : "no reason given"};
}

}  // namespace iopriority
