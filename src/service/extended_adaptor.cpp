// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// org.example.IoPriority.Extended1 on the bus.
#include <utility>

#include "service/adaptor.hpp"
#include "service/bus_arguments.hpp"
#include "storage/devices.hpp"

namespace iopriority::service {

namespace {

using Dictionary = std::map<std::string, sdbus::Variant>;

// A variant of a D-Bus type: text becomes a string, a priority class its name.
template <typename T>
sdbus::Variant variant(const T& value) {
    return sdbus::Variant(value);
}
sdbus::Variant variant(std::string_view text) {
    return sdbus::Variant(std::string(text));
}

Dictionary dictionary_of(const Changed& changed) {
    Dictionary result{{"processes", variant(changed.processes)},
                      {"threads", variant(changed.threads)},
                      {"left-alone", variant(changed.left_alone)}};
    if (changed.before) {
        result.emplace("before", variant(changed.before->to_string()));
    } else if (!changed.before_breakdown.empty()) {
        result.emplace("before", variant(std::string_view("mixed")));
        result.emplace("before-breakdown", variant(changed.before_breakdown));
    }
    return result;
}

Dictionary dictionary_of(const Details& d) {
    Dictionary details{{"io-class", variant(to_string(d.set.io_class()))},
                       {"level", variant(std::uint32_t{d.set.level()})},
                       {"effective-class", variant(to_string(d.effective.io_class()))},
                       {"effective-level", variant(std::uint32_t{d.effective.level()})},
                       {"source", variant(d.source)},
                       {"uniform", variant(d.uniform())},
                       {"processes", variant(d.processes)},
                       {"threads", variant(d.threads)},
                       {"breakdown", variant(d.breakdown)},
                       {"users", variant(d.users)},
                       {"programs", variant(d.programs)}};
    std::vector<Dictionary> each;
    for (const auto& member : d.each) {
        auto& entry =
            each.emplace_back(member.details ? dictionary_of(*member.details) : Dictionary{{"ended", variant(true)}});
        entry.emplace("process", variant(static_cast<std::uint32_t>(member.process)));
    }
    if (!each.empty()) {
        details.emplace("each", variant(each));
    }
    if (d.each_cut) {
        details.emplace("each-cut", variant(true));
    }
    return details;
}

Expected<TargetSpec> target_of(const std::string& kind, const sdbus::Variant& target, const Dictionary& options,
                               Verb verb) {
    auto spec = read_target(kind, target);
    return spec ? with_options(*std::move(spec), options, verb) : spec;
}

}  // namespace

void Adaptor::SetPriority(Result<Dictionary>&& result, std::string kind, sdbus::Variant target, std::string io_class,
                          Number level, Dictionary options) {
    handle<Done>(
        std::move(result), [](auto& out, const Done& done) { out.returnResults(dictionary_of(done.outcome)); },
        [&](SetRequest::Reply reply) {
            set(target_of(kind, target, options, Verb::set), io_class, level, true, SetRequest::For::good,
                std::move(reply));
        });
}

void Adaptor::HoldPriority(Result<sdbus::UnixFd, Dictionary>&& result, std::string kind, sdbus::Variant target,
                           std::string io_class, Number level, Dictionary options) {
    handle<Done>(
        std::move(result),
        [](auto& out, const Done& done) {
            out.returnResults(sdbus::UnixFd(done.hold->get()), dictionary_of(done.outcome));
        },
        [&](SetRequest::Reply reply) {
            set(target_of(kind, target, options, Verb::set), io_class, level, true, SetRequest::For::a_hold,
                std::move(reply));
        });
}

void Adaptor::DescribePriority(Result<Dictionary>&& result, std::string kind, sdbus::Variant target,
                               Dictionary options) {
    handle<Details>(
        std::move(result), [](auto& out, const Details& d) { out.returnResults(dictionary_of(d)); },
        [&](ReadRequest::Reply reply) {
            read(target_of(kind, target, options, Verb::describe), engine::Survey::Depth::everything, std::move(reply));
        });
}

// Concerns no process, so it is no request: it is answered when its turn comes, like a property.
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
        [](auto reply) { reply.send(storage::list_devices()); });
}

}  // namespace iopriority::service
