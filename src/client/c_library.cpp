// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// The C API: a thin wrapper that lets no exception through.
#include <pthread.h>

#include <cerrno>
#include <limits>
#include <new>
#include <string>

#include "client/c_library.hpp"
#include "values/not_copyable.hpp"
#include "values/values.hpp"

namespace {

using ip::client::put;

// enum iopriority_code is that of C++, from 1 on.
static_assert(static_cast<int>(ip::ErrorCode::invalid_argument) + 1 == IOPRIORITY_ERROR_INVALID_ARGUMENT);
static_assert(static_cast<int>(ip::ErrorCode::failed) + 1 == IOPRIORITY_ERROR_FAILED);

/// Delays cancellation of the thread until after the call: unwinding would pass through code not written for it.
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
    return -ip::values::info(code).error;
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
            return failed(error, ip::ErrorCode::failed, ip::values::info(ip::ErrorCode::failed).dbus_name, e.what());
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

constexpr unsigned of_target = IOPRIORITY_DESCENDANTS | IOPRIORITY_KEEP_EXPLICIT;

/// @param own the flags that the function knows beside those of all.
ip::CallOptions options_of(const iopriority_client* client, unsigned flags, unsigned own = 0) {
    constexpr unsigned routes = IOPRIORITY_KERNEL_ONLY | IOPRIORITY_SERVICE_ONLY;
    const unsigned unknown = flags & ~(IOPRIORITY_INTERACTIVE | routes | own);
    if (unknown != 0) {
        throw ip::InvalidArgument("flags " + std::to_string(flags) +
                                  " has bits that this function does not take: " + std::to_string(unknown));
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

/// Makes what a function hands out.
template <typename Handle, typename Make>
int make(Handle** result, const char* name, iopriority_error** error, Make make_content) {
    return guarded(error, [&] {
        needed(result, name);
        *result = new Handle{make_content()};
        return 0;
    });
}

template <typename T>
std::vector<T> list_of(const T* members, std::size_t size, const char* name) {
    return size == 0 ? std::vector<T>{} : std::vector<T>(needed(members, name), members + size);
}

ip::Target with_flags(ip::Target target, unsigned flags) {
    if ((flags & IOPRIORITY_DESCENDANTS) != 0) {
        target = target.with_descendants();
    }
    return (flags & IOPRIORITY_KEEP_EXPLICIT) != 0 ? target.keeping_explicit() : target;
}

/// @return the number of threads
int hand_out(const ip::Changed& changed, iopriority_result** result) {
    if (result != nullptr) {
        *result = new iopriority_result{changed};
    }
    return count(changed.threads);
}

/// Sets what a function names.
template <typename NameTarget>
int set(iopriority_client* client, NameTarget name_target, int io_class, unsigned level, unsigned flags,
        iopriority_result** result, iopriority_error** error) {
    return guarded(error, [&] {
        const auto options = options_of(needed(client, "client"), flags, of_target);
        const auto target = with_flags(name_target(), flags);
        return hand_out(client->client.set(target, priority_of(io_class, level), options), result);
    });
}

int ask_hold(int fd, bool (ip::Hold::*question)() const noexcept) {
    const NoCancellation no_cancellation;
    ip::Hold hold(fd);
    const bool yes = (hold.*question)();
    static_cast<void>(hold.detach());
    return yes ? 1 : 0;
}

}  // namespace

int iopriority_client_new(iopriority_client** ret_client, iopriority_error** ret_error) {
    return make(ret_client, "ret_client", ret_error, [] { return ip::Client(); });
}

int iopriority_client_new_on_host(const char* host, iopriority_client** ret_client, iopriority_error** ret_error) {
    return make(ret_client, "ret_client", ret_error, [&] { return ip::Client::on_host(needed(host, "host")); });
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

int iopriority_target_new_process(pid_t pid, iopriority_target** ret_target, iopriority_error** ret_error) {
    return make(ret_target, "ret_target", ret_error, [&] { return ip::Target::process(pid); });
}

int iopriority_target_new_processes(const pid_t* pids, size_t count, iopriority_target** ret_target,
                                    iopriority_error** ret_error) {
    return make(ret_target, "ret_target", ret_error,
                [&] { return ip::Target::processes(list_of(pids, count, "pids")); });
}

int iopriority_target_new_pidfd(int pidfd, iopriority_target** ret_target, iopriority_error** ret_error) {
    return make(ret_target, "ret_target", ret_error, [&] { return ip::Target::pidfd(pidfd); });
}

int iopriority_target_new_pidfds(const int* pidfds, size_t count, iopriority_target** ret_target,
                                 iopriority_error** ret_error) {
    return make(ret_target, "ret_target", ret_error,
                [&] { return ip::Target::pidfds(list_of(pidfds, count, "pidfds")); });
}

int iopriority_target_new_group(pid_t pgid, iopriority_target** ret_target, iopriority_error** ret_error) {
    return make(ret_target, "ret_target", ret_error, [&] { return ip::Target::group(pgid); });
}

int iopriority_target_new_user(uid_t uid, iopriority_target** ret_target, iopriority_error** ret_error) {
    return make(ret_target, "ret_target", ret_error, [&] { return ip::Target::user(uid); });
}

int iopriority_target_new_unit(const char* unit, iopriority_target** ret_target, iopriority_error** ret_error) {
    return make(ret_target, "ret_target", ret_error, [&] { return ip::Target::unit(needed(unit, "unit")); });
}

int iopriority_target_new_user_unit(const char* unit, iopriority_target** ret_target, iopriority_error** ret_error) {
    return make(ret_target, "ret_target", ret_error, [&] { return ip::Target::user_unit(needed(unit, "unit")); });
}

void iopriority_target_free(iopriority_target* target) {
    const NoCancellation no_cancellation;
    delete target;
}

int iopriority_set(iopriority_client* client, const iopriority_target* target, int io_class, unsigned level,
                   unsigned flags, iopriority_result** ret_result, iopriority_error** ret_error) {
    return set(
        client, [&] { return needed(target, "target")->target; }, io_class, level, flags, ret_result, ret_error);
}

int iopriority_set_process(iopriority_client* client, pid_t pid, int io_class, unsigned level, unsigned flags,
                           iopriority_error** ret_error) {
    return set(
        client, [&] { return ip::Target::process(pid); }, io_class, level, flags, nullptr, ret_error);
}

int iopriority_set_user(iopriority_client* client, uid_t uid, int io_class, unsigned level, unsigned flags,
                        iopriority_error** ret_error) {
    return set(
        client, [&] { return ip::Target::user(uid); }, io_class, level, flags, nullptr, ret_error);
}

int iopriority_hold(iopriority_client* client, const iopriority_target* target, int io_class, unsigned level,
                    unsigned flags, int* ret_fd, iopriority_result** ret_result, iopriority_error** ret_error) {
    return guarded(ret_error, [&] {
        const auto options = options_of(needed(client, "client"), flags, of_target);
        const auto held = with_flags(needed(target, "target")->target, flags);
        needed(ret_fd, "ret_fd");
        auto hold = client->client.hold(held, priority_of(io_class, level), options);
        const int threads = hand_out(hold.changed(), ret_result);
        *ret_fd = hold.detach();
        return threads;
    });
}

int iopriority_hold_is_active(int fd) {
    return ask_hold(fd, &ip::Hold::active);
}

int iopriority_hold_is_overruled(int fd) {
    return ask_hold(fd, &ip::Hold::overruled);
}

int iopriority_describe(iopriority_client* client, const iopriority_target* target, unsigned flags,
                        iopriority_details** ret_details, iopriority_error** ret_error) {
    return make(ret_details, "ret_details", ret_error, [&] {
        const auto options = options_of(needed(client, "client"), flags, IOPRIORITY_DESCENDANTS);
        return client->client.describe(with_flags(needed(target, "target")->target, flags), options);
    });
}

int iopriority_get(iopriority_client* client, pid_t pid, unsigned flags, int* ret_io_class, unsigned* ret_level,
                   iopriority_error** ret_error) {
    return guarded(ret_error, [&] {
        const auto options = options_of(needed(client, "client"), flags);
        return put(client->client.get(pid, options), ret_io_class, ret_level);
    });
}

int iopriority_list_devices(iopriority_client* client, unsigned flags, iopriority_devices** ret_devices,
                            iopriority_error** ret_error) {
    return make(ret_devices, "ret_devices", ret_error, [&] {
        const auto options = options_of(needed(client, "client"), flags);
        return client->client.devices(options);
    });
}

int iopriority_lower_self(iopriority_error** ret_error) {
    return guarded(ret_error, [] { return count(ip::lower_self()); });
}

int iopriority_parse(const char* text, int* ret_io_class, unsigned* ret_level, iopriority_error** ret_error) {
    return guarded(ret_error, [&] {
        needed(ret_io_class, "ret_io_class");
        needed(ret_level, "ret_level");
        return put(ip::Priority::parse(needed(text, "text")), ret_io_class, ret_level);
    });
}

const char* iopriority_class_name(int io_class) {
    if (io_class < IOPRIORITY_NONE || io_class > IOPRIORITY_IDLE) {
        return nullptr;
    }
    return ip::to_string(static_cast<ip::PriorityClass>(io_class)).data();  // a literal: it ends in a NUL
}
