// SPDX-License-Identifier: LGPL-2.1-or-later
// The library for C: nothing but a border, over which no exception goes.
#include <iopriority.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <memory>
#include <new>
#include <string>

#include <iopriority/client.hpp>

#include "values/not_copyable.hpp"

namespace ip = iopriority;

struct iopriority_client {
    ip::Client client{};
    std::chrono::milliseconds timeout{0};
};

struct iopriority_error {
    ip::ErrorCode code;
    std::string name;
    std::string message;
};

namespace {

struct Row {
    ip::ErrorCode code;
    int number;  ///< enum iopriority_code
    int error;   ///< errno value: sd-bus's own where it has one for the D-Bus name
};

constexpr std::array<Row, 12> table{{
    {ip::ErrorCode::invalid_argument, IOPRIORITY_ERROR_INVALID_ARGUMENT, EINVAL},
    {ip::ErrorCode::access_denied, IOPRIORITY_ERROR_ACCESS_DENIED, EACCES},
    {ip::ErrorCode::interaction_required, IOPRIORITY_ERROR_INTERACTION_REQUIRED, EACCES},
    {ip::ErrorCode::dismissed, IOPRIORITY_ERROR_DISMISSED, ECANCELED},
    {ip::ErrorCode::limits_exceeded, IOPRIORITY_ERROR_LIMITS_EXCEEDED, ENOBUFS},
    {ip::ErrorCode::no_such_process, IOPRIORITY_ERROR_NO_SUCH_PROCESS, ESRCH},
    {ip::ErrorCode::authority_unavailable, IOPRIORITY_ERROR_AUTHORITY_UNAVAILABLE, EHOSTUNREACH},
    {ip::ErrorCode::foreign_pid_namespace, IOPRIORITY_ERROR_FOREIGN_PID_NAMESPACE, EREMOTE},
    {ip::ErrorCode::partially_applied, IOPRIORITY_ERROR_PARTIALLY_APPLIED, EPERM},
    {ip::ErrorCode::service_unavailable, IOPRIORITY_ERROR_SERVICE_UNAVAILABLE, EHOSTUNREACH},
    {ip::ErrorCode::timed_out, IOPRIORITY_ERROR_TIMED_OUT, ETIMEDOUT},
    {ip::ErrorCode::failed, IOPRIORITY_ERROR_FAILED, EIO},
}};

const Row& row_of(ip::ErrorCode code) {
    const auto* row = std::find_if(table.begin(), table.end(), [code](const Row& r) { return r.code == code; });
    return row != table.end() ? *row : table.back();
}

/// A thread that is cancelled is so after the call: unwinding would come through functions that know nothing of it.
class NoCancellation : public ip::NotCopyable {
 public:
    NoCancellation() { ::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
    ~NoCancellation() { ::pthread_setcancelstate(before_, nullptr); }

 private:
    int before_ = PTHREAD_CANCEL_ENABLE;
};

int failed(iopriority_error** error, ip::ErrorCode code, const std::string& name, const char* message) {
    if (error != nullptr) {
        *error = new (std::nothrow) iopriority_error{code, name, message};
    }
    return -row_of(code).error;
}

/// Runs a function whose result is not negative.
template <typename Function>
int guarded(iopriority_error** error, Function function) noexcept {
    const NoCancellation no_cancellation;
    if (error != nullptr) {
        *error = nullptr;
    }
    try {
        try {
            return function();
        } catch (const ip::Error& e) {
            return failed(error, e.code(), e.name(), e.what());
        } catch (const std::bad_alloc&) {
            throw;
        } catch (const std::exception& e) {
            const ip::Error other(ip::ErrorCode::failed, e.what());
            return failed(error, other.code(), other.name(), other.what());
        }
    } catch (...) {
        return -ENOMEM;
    }
}

template <typename T>
T* needed(T* pointer, const char* name) {
    if (pointer == nullptr) {
        throw ip::InvalidArgument(std::string(name) + " is NULL");
    }
    return pointer;
}

ip::Priority priority_of(int io_class, unsigned level) {
    const char* name = iopriority_class_name(io_class);
    if (name == nullptr) {
        throw ip::InvalidArgument("io_class " + std::to_string(io_class) +
                                  ": pass IOPRIORITY_NONE, IOPRIORITY_REALTIME, IOPRIORITY_BEST_EFFORT or "
                                  "IOPRIORITY_IDLE (0 to 3)");
    }
    return ip::Priority::from(name, level);
}

/// @param own the flags that the function knows beside those of all.
ip::CallOptions options_of(const iopriority_client* client, unsigned flags, unsigned own = 0) {
    constexpr unsigned routes = IOPRIORITY_KERNEL_ONLY | IOPRIORITY_SERVICE_ONLY;
    const unsigned unknown = flags & ~(IOPRIORITY_INTERACTIVE | routes | own);
    if (unknown != 0) {
        throw ip::InvalidArgument("flags " + std::to_string(flags) + ": this function does not know " +
                                  std::to_string(unknown) + " of it");
    }
    ip::CallOptions options;
    switch (flags & routes) {
        case IOPRIORITY_KERNEL_ONLY:
            options.route = ip::Route::kernel_only;
            break;
        case IOPRIORITY_SERVICE_ONLY:
            options.route = ip::Route::service_only;
            break;
        case routes:
            throw ip::InvalidArgument("flags " + std::to_string(flags) +
                                      ": pass IOPRIORITY_KERNEL_ONLY, IOPRIORITY_SERVICE_ONLY or neither");
        default:
            break;
    }
    options.interactive = (flags & IOPRIORITY_INTERACTIVE) != 0;
    options.timeout = client->timeout;
    return options;
}

int count(unsigned threads) {
    return static_cast<int>(std::min<unsigned>(threads, std::numeric_limits<int>::max()));
}

/// Sets what a function names.
/// @param own the flags that this kind of target knows
template <typename NameTarget>
int set(iopriority_client* client, int io_class, unsigned level, unsigned flags, unsigned own, iopriority_error** error,
        NameTarget name_target) {
    return guarded(error, [&] {
        const auto options = options_of(needed(client, "client"), flags, own);
        const ip::Target target = name_target();
        return count(client->client.set(target, priority_of(io_class, level), options).threads);
    });
}

ip::Target tree_or_process(const ip::Target& process, unsigned flags) {
    return (flags & IOPRIORITY_DESCENDANTS) != 0 ? process.with_descendants() : process;
}

}  // namespace

int iopriority_client_new(iopriority_client** client, iopriority_error** error) {
    return guarded(error, [&] {
        *needed(client, "client") = nullptr;
        *client = std::make_unique<iopriority_client>().release();
        return 0;
    });
}

void iopriority_client_free(iopriority_client* client) {
    const NoCancellation no_cancellation;
    delete client;
}

void iopriority_client_set_timeout(iopriority_client* client, uint32_t milliseconds) {
    if (client != nullptr) {
        client->timeout = std::chrono::milliseconds(milliseconds);
    }
}

int iopriority_set_process(iopriority_client* client, pid_t pid, int io_class, unsigned level, unsigned flags,
                           iopriority_error** error) {
    return set(client, io_class, level, flags, IOPRIORITY_DESCENDANTS, error,
               [&] { return tree_or_process(ip::Target::process(pid), flags); });
}

int iopriority_set_pidfd(iopriority_client* client, int pidfd, int io_class, unsigned level, unsigned flags,
                         iopriority_error** error) {
    return set(client, io_class, level, flags, IOPRIORITY_DESCENDANTS, error,
               [&] { return tree_or_process(ip::Target::pidfd(pidfd), flags); });
}

int iopriority_set_group(iopriority_client* client, pid_t pgid, int io_class, unsigned level, unsigned flags,
                         iopriority_error** error) {
    return set(client, io_class, level, flags, 0, error, [&] { return ip::Target::group(pgid); });
}

int iopriority_set_user(iopriority_client* client, uid_t uid, int io_class, unsigned level, unsigned flags,
                        iopriority_error** error) {
    return set(client, io_class, level, flags, IOPRIORITY_KEEP_EXPLICIT, error, [&] {
        const auto user = ip::Target::user(uid);
        return (flags & IOPRIORITY_KEEP_EXPLICIT) != 0 ? user.keeping_explicit() : user;
    });
}

int iopriority_set_unit(iopriority_client* client, const char* unit, int io_class, unsigned level, unsigned flags,
                        iopriority_error** error) {
    return set(client, io_class, level, flags, IOPRIORITY_USER_UNIT, error, [&] {
        const std::string name = needed(unit, "unit");
        return (flags & IOPRIORITY_USER_UNIT) != 0 ? ip::Target::user_unit(name) : ip::Target::unit(name);
    });
}

int iopriority_lower_self(iopriority_error** error) {
    return guarded(error, [] { return count(ip::lower_self()); });
}

int iopriority_get(iopriority_client* client, pid_t pid, int* io_class, unsigned* level, unsigned flags,
                   iopriority_error** error) {
    return guarded(error, [&] {
        const auto options = options_of(needed(client, "client"), flags);
        const auto priority = client->client.get(pid, options);
        if (io_class != nullptr) {
            *io_class = static_cast<int>(priority.io_class());
        }
        if (level != nullptr) {
            *level = priority.level();
        }
        return 0;
    });
}

int iopriority_hold_process(iopriority_client* client, pid_t pid, int io_class, unsigned level, unsigned flags,
                            iopriority_error** error) {
    return guarded(error, [&] {
        const auto options = options_of(needed(client, "client"), flags);
        return client->client.hold(pid, priority_of(io_class, level), options).detach();
    });
}

int iopriority_parse(const char* text, int* io_class, unsigned* level, iopriority_error** error) {
    return guarded(error, [&] {
        needed(io_class, "io_class");
        needed(level, "level");
        const auto priority = ip::Priority::parse(needed(text, "text"));
        *io_class = static_cast<int>(priority.io_class());
        *level = priority.level();
        return 0;
    });
}

const char* iopriority_class_name(int io_class) {
    switch (io_class) {
        case IOPRIORITY_NONE:
        case IOPRIORITY_REALTIME:
        case IOPRIORITY_BEST_EFFORT:
        case IOPRIORITY_IDLE:
            // A literal: it ends in a NUL.
            return ip::to_string(static_cast<ip::PriorityClass>(io_class)).data();
        default:
            return nullptr;
    }
}

int iopriority_error_code(const iopriority_error* error) {
    return error != nullptr ? row_of(error->code).number : 0;
}

const char* iopriority_error_name(const iopriority_error* error) {
    return error != nullptr ? error->name.c_str() : "";
}

const char* iopriority_error_message(const iopriority_error* error) {
    return error != nullptr ? error->message.c_str() : "";
}

void iopriority_error_free(iopriority_error* error) {
    delete error;
}
