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

using sdbus::Variant;
using Dictionary = std::map<std::string, Variant>;

Dictionary dictionary_of(const Changed& changed) {
    Dictionary result{{"processes", Variant(changed.processes)},
                      {"threads", Variant(changed.threads)},
                      {"left-alone", Variant(changed.left_alone)}};
    if (changed.before) {
        result.emplace("before", Variant(changed.before->to_string()));
    } else if (!changed.before_breakdown.empty()) {
        result.emplace("before", Variant(std::string("mixed")));
        result.emplace("before-breakdown", Variant(changed.before_breakdown));
    }
    return result;
}

Dictionary dictionary_of(const Details& d) {
    Dictionary details{{"io-class", Variant(std::string(to_string(d.set.io_class())))},
                       {"level", Variant(std::uint32_t{d.set.level()})},
                       {"effective-class", Variant(std::string(to_string(d.effective.io_class())))},
                       {"effective-level", Variant(std::uint32_t{d.effective.level()})},
                       {"source", Variant(d.source)},
                       {"uniform", Variant(d.uniform())},
                       {"processes", Variant(d.processes)},
                       {"threads", Variant(d.threads)},
                       {"breakdown", Variant(d.breakdown)},
                       {"users", Variant(d.users)},
                       {"programs", Variant(d.programs)}};
    std::vector<Dictionary> each;
    for (const auto& member : d.each) {
        auto& entry =
            each.emplace_back(member.details ? dictionary_of(*member.details) : Dictionary{{"ended", Variant(true)}});
        entry.emplace("process", Variant(static_cast<std::uint32_t>(member.process)));
    }
    if (!each.empty()) {
        details.emplace("each", Variant(each));
    }
    if (d.each_cut) {
        details.emplace("each-cut", Variant(true));
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
