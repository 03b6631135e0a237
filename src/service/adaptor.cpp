// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/adaptor.hpp"

#include "bus/names.hpp"
#include "service/bus_arguments.hpp"
#include "values/values.hpp"

namespace iopriority::service {

sdbus::Error to_error(const Failure& failure) {
    return {bus::ErrorName{values::info(failure.code).dbus_name}, failure.message};
}

Adaptor::Adaptor(sdbus::IConnection& connection, const Parts& parts)
    : AdaptorInterfaces(connection, bus::ObjectPath{bus::object_path}), parts_(parts) {
    // The first variant makes sdbus-c++ open descriptors that it keeps: create one now, while descriptors are left.
    static_cast<void>(sdbus::Variant(true));
    registerAdaptor();
}

Call Adaptor::current_call(const TargetSpec& spec) const {
    const sdbus::Message& message = bus::current_message(getObject());
    return {message.getSender(), spec.interactive || bus::interaction_allowed(message)};
}

void Adaptor::set(Expected<TargetSpec> spec, const std::string& io_class, Number level, bool tells_left_alone,
                  SetRequest::For duration, SetRequest::Reply reply) {
    const auto wanted = spec ? values::from_bus(io_class, level) : spec.failure();
    const auto checked = wanted ? spec->check() : wanted.failure();
    if (!checked) {
        reply.send(checked.failure());
        return;
    }
    const engine::Order order{*wanted, spec->keep_explicit, false, tells_left_alone};
    auto call = current_call(*spec);
    std::make_shared<SetRequest>(parts_, std::move(call), *std::move(spec), order, duration, std::move(reply))->start();
}

void Adaptor::read(Expected<TargetSpec> spec, engine::Survey::Depth depth, ReadRequest::Reply reply) {
    const auto checked = spec ? spec->check() : spec.failure();
    if (!checked) {
        reply.send(checked.failure());
        return;
    }
    auto call = current_call(*spec);
    std::make_shared<ReadRequest>(parts_, std::move(call), *std::move(spec), depth, std::move(reply))->start();
}

void Adaptor::SetProcess(Result<Number>&& result, Number pid, std::string io_class, Number level) {
    handle<Done>(
        std::move(result), [](auto& reply, const Done& done) { reply.returnResults(done.outcome.threads); },
        [&](SetRequest::Reply reply) {
            set(TargetSpec{TargetSpec::Kind::process, pid}, io_class, level, false, SetRequest::For::good,
                std::move(reply));
        });
}

void Adaptor::SetUser(Result<Number, Number>&& result, Number uid, std::string io_class, Number level) {
    handle<Done>(
        std::move(result),
        [](auto& reply, const Done& done) { reply.returnResults(done.outcome.processes, done.outcome.threads); },
        [&](SetRequest::Reply reply) {
            set(TargetSpec{TargetSpec::Kind::user, uid}, io_class, level, false, SetRequest::For::good,
                std::move(reply));
        });
}

void Adaptor::Get(Result<std::string, Number>&& result, Number pid) {
    handle<Details>(
        std::move(result),
        [](auto& reply, const Details& details) {
            reply.returnResults(std::string(to_string(details.set.io_class())), details.set.level());
        },
        [&](ReadRequest::Reply reply) {
            read(TargetSpec{TargetSpec::Kind::process, pid}, engine::Survey::Depth::highest, std::move(reply));
        });
}

std::vector<std::string> Adaptor::Features() {
    std::vector<std::string> features{"set-process", "set-user"};
    for (const char* kind : bus::kind_names) {
        features.push_back(std::string("kind:") + kind);
    }
    for (const char* option : option_names()) {
        features.push_back(std::string("option:") + option);
    }
    return features;
}

}  // namespace iopriority::service
