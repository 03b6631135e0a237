// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// org.example.IoPriority.Extended1 on the bus.
#include <fcntl.h>

#include <utility>

#include "service/adaptor.hpp"
#include "service/bus_options.hpp"
#include "storage/devices.hpp"

namespace iopriority::service {

namespace {

process::UniqueFd copy_of(const sdbus::UnixFd& fd) {
    return process::UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));  // NOLINT(*-vararg)
}

constexpr auto details = [](auto& reply, const engine::Description& d) {
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

}  // namespace

template <typename... Out, typename Reply>
void Adaptor::set_with_options(Result<Out...>&& result, TargetSpec spec, const std::string& io_class, Number level,
                               const Options& options, std::initializer_list<const char*> known,
                               SetRequest::For duration, Reply reply) {
    handle<Done>(std::move(result), reply, [&](SetRequest::Reply out) {
        const auto read = read_options(options, known);
        if (!read) {
            out.send(read.failure());
            return;
        }
        auto call = current_call();
        call.may_ask_a_person = call.may_ask_a_person || read->interactive;
        spec.descendants = read->descendants;
        if (read->user_manager) {
            spec.kind = TargetSpec::Kind::user_unit;
        }
        set(std::move(call), std::move(spec), io_class, level, read->keep_explicit, duration, std::move(out));
    });
}

namespace {

constexpr auto counts = [](auto& reply, const Done& done) {
    reply.returnResults(done.outcome.processes, done.outcome.threads);
};

TargetSpec by_pidfd(const sdbus::UnixFd& pidfd) {
    return {TargetSpec::Kind::pidfd, 0, std::make_shared<process::UniqueFd>(copy_of(pidfd))};
}

TargetSpec by_unit(std::string unit) {
    TargetSpec spec{TargetSpec::Kind::unit};
    spec.unit = std::move(unit);
    return spec;
}

}  // namespace

void Adaptor::SetProcess(Result<Number, Number>&& result, Number pid, std::string io_class, Number level,
                         Options options) {
    set_with_options(std::move(result), {TargetSpec::Kind::process, pid}, io_class, level, options,
                     {"descendants", "interactive"}, SetRequest::For::good, counts);
}

void Adaptor::SetProcessByPidfd(Result<Number, Number>&& result, sdbus::UnixFd pidfd, std::string io_class,
                                Number level, Options options) {
    set_with_options(std::move(result), by_pidfd(pidfd), io_class, level, options, {"descendants", "interactive"},
                     SetRequest::For::good, counts);
}

void Adaptor::SetProcessGroup(Result<Number, Number>&& result, Number pgid, std::string io_class, Number level,
                              Options options) {
    set_with_options(std::move(result), {TargetSpec::Kind::group, pgid}, io_class, level, options, {"interactive"},
                     SetRequest::For::good, counts);
}

void Adaptor::SetUser(Result<Number, Number>&& result, Number uid, std::string io_class, Number level,
                      Options options) {
    set_with_options(std::move(result), {TargetSpec::Kind::user, uid}, io_class, level, options,
                     {"keep-explicit", "interactive"}, SetRequest::For::good, counts);
}

void Adaptor::SetUnit(Result<Number, Number>&& result, std::string unit, std::string io_class, Number level,
                      Options options) {
    set_with_options(std::move(result), by_unit(std::move(unit)), io_class, level, options, {"user", "interactive"},
                     SetRequest::For::good, counts);
}

void Adaptor::HoldProcess(Result<sdbus::UnixFd>&& result, Number pid, std::string io_class, Number level,
                          Options options) {
    const auto reply = [](auto& out, const Done& done) { out.returnResults(sdbus::UnixFd(done.hold->get())); };
    set_with_options(std::move(result), {TargetSpec::Kind::process, pid}, io_class, level, options, {"interactive"},
                     SetRequest::For::a_hold, reply);
}

Adaptor::Number Adaptor::Leases() {
    return parts_.holds.count();
}

void Adaptor::describe(Result<Options>&& result, TargetSpec spec) {
    handle<engine::Description>(std::move(result), details, [&](ReadRequest::Reply reply) {
        read(current_call(), std::move(spec), engine::Survey::Depth::everything, std::move(reply));
    });
}

void Adaptor::DescribeProcess(Result<Options>&& result, Number pid) {
    describe(std::move(result), {TargetSpec::Kind::process, pid});
}

void Adaptor::DescribeProcessByPidfd(Result<Options>&& result, sdbus::UnixFd pidfd) {
    describe(std::move(result), by_pidfd(pidfd));
}

void Adaptor::DescribeProcessGroup(Result<Options>&& result, Number pgid) {
    describe(std::move(result), {TargetSpec::Kind::group, pgid});
}

void Adaptor::DescribeUser(Result<Options>&& result, Number uid) {
    describe(std::move(result), {TargetSpec::Kind::user, uid});
}

void Adaptor::ListDevices(Result<Devices>&& result) {
    handle<std::vector<storage::Device>>(
        std::move(result),
        [](auto& reply, const std::vector<storage::Device>& found) {
            Devices devices;
            for (const auto& each : found) {
                devices.emplace_back(each.name, each.scheduler, std::string(storage::to_string(each.honours)));
            }
            reply.returnResults(devices);
        },
        [](Answer<std::vector<storage::Device>> answer) { answer.send(storage::list_devices()); });
}

}  // namespace iopriority::service
