// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/units.hpp"

#include <algorithm>
#include <cctype>
#include <exception>
#include <utility>

#include "bus/sdbus_compat.hpp"
#include "values/text.hpp"

namespace iopriority::service {

namespace {

constexpr const char* systemd = "org.freedesktop.systemd1";
constexpr std::uint64_t timeout_usec = 20'000'000;

// The interface that has ControlGroup, by the unit's suffix; empty for units without processes.
std::string interface_of(const std::string& unit) {
    const auto suffix = unit.substr(unit.rfind('.') + 1);
    for (const char* known : {"Service", "Scope", "Slice", "Socket", "Mount", "Swap"}) {
        std::string lower = known;
        std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
        if (suffix == lower) {
            return std::string(systemd) + "." + known;
        }
    }
    return {};
}

}  // namespace

bool is_unit_name(const std::string& name) {
    constexpr std::size_t longest = 255;
    const auto fits = [](unsigned char c) {
        return std::isalnum(c) != 0 || std::string_view(":-_.\\@").find(static_cast<char>(c)) != std::string_view::npos;
    };
    return !name.empty() && name.size() <= longest && std::all_of(name.begin(), name.end(), fits) &&
           !interface_of(name).empty() && name.front() != '.';
}

// Two calls, one after the other; each handler keeps the query alive.
class BusUnits::Query : public std::enable_shared_from_this<BusUnits::Query> {
 public:
    Query(sdbus::IConnection& connection, std::string unit, Handler handler)
        : connection_(connection), unit_(std::move(unit)), handler_(std::move(handler)) {}

    void ask_for_path() {
        proxy_ =
            sdbus::createProxy(connection_, bus::ServiceName{systemd}, bus::ObjectPath{"/org/freedesktop/systemd1"});
        auto call = proxy_->createMethodCall(bus::InterfaceName{"org.freedesktop.systemd1.Manager"},
                                             bus::MethodName{"GetUnit"});
        call << unit_;
        send(call, [](Query& self, sdbus::MethodReply& reply) {
            sdbus::ObjectPath path;
            reply >> path;
            self.ask_for_group(path);
        });
    }

 private:
    using OnReply = void (*)(Query&, sdbus::MethodReply&);

    void ask_for_group(const sdbus::ObjectPath& path) {
        finished_proxy_ = std::move(proxy_);  // its handler is running
        proxy_ = sdbus::createProxy(connection_, bus::ServiceName{systemd}, bus::ObjectPath{path});
        auto call =
            proxy_->createMethodCall(bus::InterfaceName{"org.freedesktop.DBus.Properties"}, bus::MethodName{"Get"});
        call << interface_of(unit_) << std::string("ControlGroup");
        send(call, [](Query& self, sdbus::MethodReply& reply) {
            sdbus::Variant value;
            reply >> value;
            const auto group = value.get<std::string>();
            self.finish(group.empty() ? Expected<std::string>(self.not_running()) : Expected<std::string>(group));
        });
    }

    void send(const sdbus::MethodCall& call, OnReply on_reply) {
        bus::start_nobody(call);
        bus::call_async(
            *proxy_, call,
            [self = shared_from_this(), on_reply](sdbus::MethodReply& reply, const sdbus::Error* error) {
                try {
                    if (error == nullptr) {
                        on_reply(*self, reply);
                        return;
                    }
                    self->finish(self->failure_of(*error));
                } catch (const std::exception& e) {
                    self->finish(
                        Failure{ErrorCode::failed, "asking systemd for unit " + self->unit_ + ": " + e.what()});
                }
            },
            timeout_usec);
    }

    [[nodiscard]] Failure failure_of(const sdbus::Error& error) const {
        const std::string& name = error.getName();
        if (name == "org.freedesktop.systemd1.NoSuchUnit") {
            return not_running();
        }
        if (name == "org.freedesktop.DBus.Error.ServiceUnknown" ||
            name == "org.freedesktop.DBus.Error.NameHasNoOwner") {
            return {ErrorCode::failed, "unit " + unit_ +
                                           " cannot be found: systemd is not running here; set its processes "
                                           "by number, as a tree or as a group"};
        }
        return {ErrorCode::failed, "asking systemd for unit " + unit_ + ": " + values::sanitised(error.getMessage())};
    }
    [[nodiscard]] Failure not_running() const {
        return {ErrorCode::no_such_process, "unit " + unit_ + " is not running, or does not exist"};
    }
    void finish(const Expected<std::string>& group) {
        if (const auto handler = std::exchange(handler_, nullptr)) {
            handler(group);
        }
    }

    sdbus::IConnection& connection_;
    std::string unit_;
    Handler handler_;
    std::unique_ptr<sdbus::IProxy> proxy_;
    std::unique_ptr<sdbus::IProxy> finished_proxy_;
};

void BusUnits::control_group(const std::string& unit, Handler handler) {
    std::make_shared<Query>(connection_, unit, std::move(handler))->ask_for_path();
}

}  // namespace iopriority::service
