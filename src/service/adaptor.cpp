// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/adaptor.hpp"

#include <utility>

#include "bus/names.hpp"
#include "bus/sdbus_compat.hpp"
#include "values/values.hpp"

namespace iopriority::service {

sdbus::Error to_error(const Failure& failure) {
    return {bus::ErrorName{values::info(failure.code).dbus_name}, failure.message};
}

Adaptor::Adaptor(sdbus::IConnection& connection, Service& service, ExtendedService& extended)
    : AdaptorInterfaces(connection, bus::ObjectPath{bus::object_path}), service_(service), extended_(extended) {
    registerAdaptor();
}

Adaptor::~Adaptor() {
    unregisterAdaptor();
}

Call Adaptor::current_call() const {
    const sdbus::Message& message = bus::current_message(getObject());
    return {message.getSender(), bus::interaction_allowed(message)};
}

void Adaptor::SetProcess(Result<Number>&& result, Number pid, std::string io_class, Number level) {
    handle<targets::Outcome>(
        std::move(result), [](auto& reply, const targets::Outcome& outcome) { reply.returnResults(outcome.threads); },
        [&](Answer<targets::Outcome> answer) {
            service_.set_process(current_call(), pid, io_class, level, std::move(answer));
        });
}

void Adaptor::SetUser(Result<Number, Number>&& result, Number uid, std::string io_class, Number level) {
    handle<targets::Outcome>(
        std::move(result),
        [](auto& reply, const targets::Outcome& outcome) { reply.returnResults(outcome.processes, outcome.threads); },
        [&](Answer<targets::Outcome> answer) {
            service_.set_user(current_call(), uid, io_class, level, std::move(answer));
        });
}

void Adaptor::Get(Result<std::string, Number>&& result, Number pid) {
    handle<Priority>(
        std::move(result),
        [](auto& reply, const Priority& priority) {
            reply.returnResults(std::string(to_string(priority.io_class())), priority.level());
        },
        [&](Answer<Priority> answer) { service_.get(current_call(), pid, std::move(answer)); });
}

std::string Adaptor::Version() {
    return Service::version();
}

std::vector<std::string> Adaptor::Features() {
    return Service::features();
}

}  // namespace iopriority::service
