// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client/bus_session.hpp"

#include <limits>
#include <string>
#include <utility>

#include "bus/names.hpp"
#include "client/bus_calls.hpp"
#include "client/errors.hpp"

namespace iopriority::client {

namespace {

std::uint64_t microseconds(const CallSettings& settings) {
    return settings.timeout == CallSettings::without_end ? std::numeric_limits<std::uint64_t>::max()
                                                         : static_cast<std::uint64_t>(settings.timeout.count());
}

}  // namespace

BusSession::BusSession(const std::string& host)
    : connection_(host.empty() ? sdbus::createSystemBusConnection() : sdbus::createRemoteSystemBusConnection(host)),
      proxy_(sdbus::createProxy(*connection_, bus::ServiceName{bus::service_name}, bus::ObjectPath{bus::object_path})) {
}

void BusSession::send(const Request& request, const CallSettings& settings, Completion done) {
    const auto call = ++last_call_;
    waiting_.emplace(call, std::move(done));
    try {
        auto message = make_call(*proxy_, request);
        if (settings.interactive) {
            bus::allow_interaction(message);
        }
        bus::call_async(
            *proxy_, message,
            [this, call, request](sdbus::MethodReply& reply, const sdbus::Error* error) {
                receive(call, request, reply, error);
            },
            microseconds(settings));
    } catch (const sdbus::Error& error) {
        waiting_.extract(call).mapped()({}, error_from_bus(error.getName(), error.getMessage()));
    }
}

void BusSession::receive(std::uint64_t call, const Request& request, sdbus::MethodReply& reply,
                         const sdbus::Error* error) {
    const auto waiting = waiting_.extract(call);
    if (waiting.empty()) {
        return;
    }
    if (error != nullptr) {
        return waiting.mapped()({}, error_from_bus(error->getName(), error->getMessage()));
    }
    Answer answer;
    try {
        answer = read_answer(request, reply);
    } catch (const std::exception& nonsense) {
        return waiting.mapped()(
            {}, error_of({ErrorCode::failed, std::string("the service org.example.IoPriority gave an "
                                                         "answer that is not of its contract (") +
                                                 nonsense.what() + "): is another version of it installed?"}));
    }
    waiting.mapped()(answer, nullptr);
}

void BusSession::process() {
    while (bus::process_pending(*connection_)) {
    }
}

void BusSession::end(const std::exception_ptr& error) {
    proxy_.reset();
    for (const auto& [call, done] : std::exchange(waiting_, {})) {
        done({}, error);
    }
}

}  // namespace iopriority::client
