// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client/bus_session.hpp"

#include <limits>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "bus/iopriority_proxy.hpp"
#include "bus/names.hpp"
#include "client/errors.hpp"

namespace iopriority::client {

namespace {

// The calls below are written out, as the generated ones can neither carry the message flag for interaction nor wait
// without end; they are of the shape that was generated, or this does not compile.
using Proxy = org::example::IoPriority_proxy;
using std::uint32_t;
template <typename R, typename... A>
using Method = R (Proxy::*)(const A&...);
static_assert(std::is_same_v<decltype(&Proxy::SetProcess), Method<uint32_t, uint32_t, std::string, uint32_t>>);
static_assert(
    std::is_same_v<decltype(&Proxy::SetUser), Method<std::tuple<uint32_t, uint32_t>, uint32_t, std::string, uint32_t>>);
static_assert(std::is_same_v<decltype(&Proxy::Get), Method<std::tuple<std::string, uint32_t>, uint32_t>>);

const char* method_of(What what) {
    switch (what) {
        case What::set_process:
            return "SetProcess";
        case What::set_user:
            return "SetUser";
        case What::get:
            break;
    }
    return "Get";
}

Answer read_answer(What what, sdbus::MethodReply& reply) {
    Answer answer;
    answer.changed.by_service = true;
    if (what == What::set_process) {
        reply >> answer.changed.threads;
        answer.changed.processes = 1;
    } else if (what == What::set_user) {
        reply >> answer.changed.processes >> answer.changed.threads;
    } else {
        std::string io_class;
        uint32_t level = 0;
        reply >> io_class >> level;
        answer.priority = Priority::from(io_class, level);
    }
    return answer;
}

std::uint64_t microseconds(const CallSettings& settings) {
    return settings.timeout == CallSettings::without_end ? std::numeric_limits<std::uint64_t>::max()
                                                         : static_cast<std::uint64_t>(settings.timeout.count());
}

}  // namespace

BusSession::BusSession()
    : connection_(sdbus::createSystemBusConnection()),
      proxy_(sdbus::createProxy(*connection_, bus::ServiceName{bus::service_name}, bus::ObjectPath{bus::object_path})) {
}

void BusSession::send(const Request& request, const CallSettings& settings, Completion done) {
    const auto call = ++last_call_;
    waiting_.emplace(call, std::move(done));
    try {
        auto message = proxy_->createMethodCall(bus::InterfaceName{Proxy::INTERFACE_NAME},
                                                bus::MethodName{method_of(request.what)});
        message << request.id;
        if (request.what != What::get) {
            message << std::string(to_string(request.priority.io_class())) << uint32_t{request.priority.level()};
        }
        if (settings.interactive) {
            bus::allow_interaction(message);
        }
        bus::call_async(
            *proxy_, message,
            [this, call, what = request.what](sdbus::MethodReply& reply, const sdbus::Error* error) {
                receive(call, what, reply, error);
            },
            microseconds(settings));
    } catch (const sdbus::Error& error) {
        waiting_.extract(call).mapped()({}, error_from_bus(error.getName(), error.getMessage()));
    }
}

void BusSession::receive(std::uint64_t call, What what, sdbus::MethodReply& reply, const sdbus::Error* error) {
    const auto waiting = waiting_.extract(call);
    if (waiting.empty()) {
        return;
    }
    if (error != nullptr) {
        return waiting.mapped()({}, error_from_bus(error->getName(), error->getMessage()));
    }
    Answer answer;
    try {
        answer = read_answer(what, reply);
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
