// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/adaptor.hpp"

#include <exception>
#include <memory>
#include <utility>

#include "bus/names.hpp"
#include "bus/sdbus_compat.hpp"
#include "values/values.hpp"

namespace iopriority::service {

namespace {

sdbus::Error to_error(const Failure& failure) {
    return {bus::ErrorName{values::info(failure.code).dbus_name}, failure.message};
}

// Turns the bus's result into the service's answer; `reply` sends the value's parts.
template <typename T, typename... Out, typename Reply>
Answer<T> answer_with(sdbus::Result<Out...>&& result, Reply reply) {
    auto shared = std::make_shared<sdbus::Result<Out...>>(std::move(result));
    return Answer<T>([shared, reply](const Expected<T>& answer) {
        if (answer) {
            reply(*shared, *answer);
        } else {
            shared->returnError(to_error(answer.failure()));
        }
    });
}

}  // namespace

Adaptor::Adaptor(sdbus::IConnection& connection, Service& service)
    : AdaptorInterfaces(connection, bus::ObjectPath{bus::object_path}), service_(service) {
    registerAdaptor();
}

Adaptor::~Adaptor() {
    unregisterAdaptor();
}

Call Adaptor::current_call() const {
    const sdbus::Message& message = bus::current_message(getObject());
    return {message.getSender(), bus::interaction_allowed(message)};
}

void Adaptor::SetProcess(sdbus::Result<std::uint32_t>&& result, std::uint32_t pid, std::string io_class,
                         std::uint32_t level) {
    auto answer = answer_with<Outcome>(
        std::move(result), [](auto& reply, const Outcome& outcome) { reply.returnResults(outcome.threads); });
    try {
        service_.set_process(current_call(), pid, io_class, level, std::move(answer));
    } catch (const std::exception& e) {
        answer.send(Failure{ErrorCode::failed, e.what()});
    }
}

void Adaptor::SetUser(sdbus::Result<std::uint32_t, std::uint32_t>&& result, std::uint32_t uid, std::string io_class,
                      std::uint32_t level) {
    auto answer = answer_with<Outcome>(std::move(result), [](auto& reply, const Outcome& outcome) {
        reply.returnResults(outcome.processes, outcome.threads);
    });
    try {
        service_.set_user(current_call(), uid, io_class, level, std::move(answer));
    } catch (const std::exception& e) {
        answer.send(Failure{ErrorCode::failed, e.what()});
    }
}

void Adaptor::Get(sdbus::Result<std::string, std::uint32_t>&& result, std::uint32_t pid) {
    auto answer = answer_with<Priority>(std::move(result), [](auto& reply, const Priority& priority) {
        reply.returnResults(std::string(to_string(priority.io_class())), priority.level());
    });
    try {
        service_.get(current_call(), pid, std::move(answer));
    } catch (const std::exception& e) {
        answer.send(Failure{ErrorCode::failed, e.what()});
    }
}

std::string Adaptor::Version() {
    return Service::version();
}

std::vector<std::string> Adaptor::Features() {
    return Service::features();
}

}  // namespace iopriority::service
