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
    return name.size() <= longest && values::is_word(name, ":-_.\\@") && !interface_of(name).empty() &&
           name.front() != '.';
}

// Three calls, one after the other; each handler keeps the query alive.
class BusUnits::Query : public std::enable_shared_from_this<BusUnits::Query> {
 public:
    Query(sdbus::IConnection& connection, std::string name, Handler handler)
        : connection_(connection), name_(std::move(name)), handler_(std::move(handler)) {}

    void ask_for_path() {
        proxy_ =
            sdbus::createProxy(connection_, bus::ServiceName{systemd}, bus::ObjectPath{"/org/freedesktop/systemd1"});
        auto call = proxy_->createMethodCall(bus::InterfaceName{"org.freedesktop.systemd1.Manager"},
                                             bus::MethodName{"GetUnit"});
        call << name_;
        send(call, [](Query& self, sdbus::MethodReply& reply) {
            sdbus::ObjectPath path;
            reply >> path;
            self.ask_for_id(path);
        });
    }

 private:
    using OnReply = void (*)(Query&, sdbus::MethodReply&);

    void ask_for_id(const sdbus::ObjectPath& path) {
        finished_proxy_ = std::move(proxy_);  // its handler is running
        proxy_ = sdbus::createProxy(connection_, bus::ServiceName{systemd}, bus::ObjectPath{path});
        ask_for(std::string(systemd) + ".Unit", "Id", [](Query& self, sdbus::MethodReply& reply) {
            self.unit_.id = text_in(reply);
            self.ask_for_group();
        });
    }

    // An alias has the suffix of its unit.
    void ask_for_group() {
        ask_for(interface_of(name_), "ControlGroup", [](Query& self, sdbus::MethodReply& reply) {
            self.unit_.control_group = text_in(reply);
            self.finish(self.unit_.control_group.empty() ? Expected<RunningUnit>(self.not_running())
                                                         : Expected<RunningUnit>(self.unit_));
        });
    }

    void ask_for(const std::string& interface, const std::string& property, OnReply on_reply) {
        auto call =
            proxy_->createMethodCall(bus::InterfaceName{"org.freedesktop.DBus.Properties"}, bus::MethodName{"Get"});
        call << interface << property;
        send(call, on_reply);
    }

    static std::string text_in(sdbus::MethodReply& reply) {
        sdbus::Variant value;
        reply >> value;
        return value.get<std::string>();
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
                        Failure{ErrorCode::failed, "asking systemd for unit " + self->name_ + ": " + e.what()});
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
            return {ErrorCode::failed, "unit " + name_ +
                                           " cannot be found: systemd is not running here; set its processes "
                                           "by number, as a tree or as a group"};
        }
        return {ErrorCode::failed, "asking systemd for unit " + name_ + ": " + values::sanitised(error.getMessage())};
    }
    [[nodiscard]] Failure not_running() const {
        return {ErrorCode::no_such_process, "unit " + name_ + " is not running, or does not exist"};
    }
    void finish(const Expected<RunningUnit>& unit) {
        if (const auto handler = std::exchange(handler_, nullptr)) {
            handler(unit);
        }
    }

    sdbus::IConnection& connection_;
    std::string name_;
    RunningUnit unit_;
    Handler handler_;
    std::unique_ptr<sdbus::IProxy> proxy_;
    std::unique_ptr<sdbus::IProxy> finished_proxy_;
};

void BusUnits::find(const std::string& name, Handler handler) {
    std::make_shared<Query>(connection_, name, std::move(handler))->ask_for_path();
}

}  // namespace iopriority::service
