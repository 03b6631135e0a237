// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// org.example.IoPriority.Extended1 on the bus.
#include <fcntl.h>

#include <utility>

#include "kernel/devices.hpp"
#include "service/adaptor.hpp"
#include "service/bus_options.hpp"

namespace iopriority::service {

namespace {

kernel::UniqueFd copy_of(const sdbus::UnixFd& fd) {
    return kernel::UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));  // NOLINT(*-vararg)
}

constexpr auto counts = [](auto& reply, const targets::Outcome& outcome) {
    reply.returnResults(outcome.processes, outcome.threads);
};

constexpr auto details = [](auto& reply, const kernel::Description& d) {
    const auto text = [](auto value) { return sdbus::Variant(std::string(value)); };
    reply.returnResults(
        std::map<std::string, sdbus::Variant>{{"io-class", text(to_string(d.set.io_class()))},
                                              {"level", sdbus::Variant(std::uint32_t{d.set.level()})},
                                              {"effective-class", text(to_string(d.effective.io_class()))},
                                              {"effective-level", sdbus::Variant(std::uint32_t{d.effective.level()})},
                                              {"source", text(d.source)},
                                              {"uniform", sdbus::Variant(d.uniform())},
                                              {"processes", sdbus::Variant(d.processes)},
                                              {"threads", sdbus::Variant(d.threads)},
                                              {"breakdown", sdbus::Variant(d.breakdown)}});
};

// Decodes the options; calls on with the call they belong to, or answers the error.
template <typename T, typename On>
void with_options(Call call, const std::map<std::string, sdbus::Variant>& options,
                  std::initializer_list<const char*> known, Answer<T> answer, On on) {
    const auto read = read_options(options, known);
    if (!read) {
        answer.send(read.failure());
        return;
    }
    call.may_ask_a_person = call.may_ask_a_person || read->interactive;
    on(std::move(call), read->change, std::move(answer));
}

}  // namespace

void Adaptor::SetProcess(Result<Number, Number>&& result, Number pid, std::string io_class, Number level,
                         Options options) {
    handle<targets::Outcome>(std::move(result), counts, [&](Answer<targets::Outcome> answer) {
        with_options(current_call(), options, {"descendants", "interactive"}, std::move(answer),
                     [&](Call call, ChangeOptions change, Answer<targets::Outcome> out) {
                         extended_.set_process(std::move(call), pid, {io_class, level}, change, std::move(out));
                     });
    });
}

void Adaptor::SetProcessByPidfd(Result<Number, Number>&& result, sdbus::UnixFd pidfd, std::string io_class,
                                Number level, Options options) {
    handle<targets::Outcome>(std::move(result), counts, [&](Answer<targets::Outcome> answer) {
        with_options(
            current_call(), options, {"descendants", "interactive"}, std::move(answer),
            [&](Call call, ChangeOptions change, Answer<targets::Outcome> out) {
                extended_.set_process(std::move(call), copy_of(pidfd), {io_class, level}, change, std::move(out));
            });
    });
}

void Adaptor::SetProcessGroup(Result<Number, Number>&& result, Number pgid, std::string io_class, Number level,
                              Options options) {
    handle<targets::Outcome>(std::move(result), counts, [&](Answer<targets::Outcome> answer) {
        with_options(current_call(), options, {"interactive"}, std::move(answer),
                     [&](Call call, ChangeOptions /*change*/, Answer<targets::Outcome> out) {
                         extended_.set_group(std::move(call), pgid, {io_class, level}, std::move(out));
                     });
    });
}

void Adaptor::SetUser(Result<Number, Number>&& result, Number uid, std::string io_class, Number level,
                      Options options) {
    handle<targets::Outcome>(std::move(result), counts, [&](Answer<targets::Outcome> answer) {
        with_options(current_call(), options, {"keep-explicit", "interactive"}, std::move(answer),
                     [&](Call call, ChangeOptions change, Answer<targets::Outcome> out) {
                         extended_.set_user(std::move(call), uid, {io_class, level}, change, std::move(out));
                     });
    });
}

void Adaptor::SetUnit(Result<Number, Number>&& result, std::string unit, std::string io_class, Number level,
                      Options options) {
    handle<targets::Outcome>(std::move(result), counts, [&](Answer<targets::Outcome> answer) {
        with_options(current_call(), options, {"user", "interactive"}, std::move(answer),
                     [&](Call call, ChangeOptions change, Answer<targets::Outcome> out) {
                         extended_.set_unit(std::move(call), unit, {io_class, level}, change, std::move(out));
                     });
    });
}

void Adaptor::HoldProcess(Result<sdbus::UnixFd>&& result, Number pid, std::string io_class, Number level,
                          Options options) {
    const auto reply = [](auto& out, const ExtendedService::Lease& lease) {
        out.returnResults(sdbus::UnixFd(lease->get()));
    };
    handle<ExtendedService::Lease>(std::move(result), reply, [&](ExtendedService::HoldAnswer answer) {
        with_options(current_call(), options, {"interactive"}, std::move(answer),
                     [&](Call call, ChangeOptions /*change*/, ExtendedService::HoldAnswer out) {
                         extended_.hold_process(std::move(call), pid, {io_class, level}, std::move(out));
                     });
    });
}

Adaptor::Number Adaptor::Leases() {
    return extended_.leases();
}

void Adaptor::DescribeProcess(Result<Options>&& result, Number pid) {
    handle<kernel::Description>(std::move(result), details, [&](ExtendedService::DescribeAnswer answer) {
        extended_.describe_process(current_call(), pid, std::move(answer));
    });
}

void Adaptor::DescribeProcessByPidfd(Result<Options>&& result, sdbus::UnixFd pidfd) {
    handle<kernel::Description>(std::move(result), details, [&](ExtendedService::DescribeAnswer answer) {
        extended_.describe_process(current_call(), copy_of(pidfd), std::move(answer));
    });
}

void Adaptor::DescribeProcessGroup(Result<Options>&& result, Number pgid) {
    handle<kernel::Description>(std::move(result), details, [&](ExtendedService::DescribeAnswer answer) {
        extended_.describe_group(current_call(), pgid, std::move(answer));
    });
}

void Adaptor::DescribeUser(Result<Options>&& result, Number uid) {
    handle<kernel::Description>(std::move(result), details, [&](ExtendedService::DescribeAnswer answer) {
        extended_.describe_user(current_call(), uid, std::move(answer));
    });
}

void Adaptor::ListDevices(Result<Devices>&& result) {
    handle<std::vector<kernel::Device>>(
        std::move(result),
        [](auto& reply, const std::vector<kernel::Device>& found) {
            Devices devices;
            for (const auto& each : found) {
                devices.emplace_back(each.name, each.scheduler, std::string(kernel::to_string(each.honours)));
            }
            reply.returnResults(devices);
        },
        [](Answer<std::vector<kernel::Device>> answer) { answer.send(kernel::list_devices()); });
}

}  // namespace iopriority::service
