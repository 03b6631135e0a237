// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/departures.hpp"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "bus/sdbus_compat.hpp"
#include "service/guard.hpp"

namespace iopriority::service {

Departures::Departures(sdbus::IConnection& connection, std::function<void(const std::string&)> left)
    : bus_(bus::raw(connection)), left_(std::move(left)) {
    const auto filter = [](sd_bus_message* message, void* departures, sd_bus_error* /*error*/) {
        return static_cast<Departures*>(departures)->look_at(message);
    };
    if (sd_bus_add_filter(bus_, &filter_, filter, this) < 0) {
        throw std::runtime_error("cannot look for those who leave the bus");
    }
}

Departures::~Departures() {
    sd_bus_slot_unref(filter_);
}

void Departures::watch(const std::string& name) {
    const auto [watched, is_new] = watched_.try_emplace(name, false);
    if (!is_new) {
        return;
    }
    ++unmatched_;
    match(*watched);
    match_all_if_needed();
    if (!watched->second && !matches_all_) {
        throw std::runtime_error("the bus cannot be told to say when " + name + " leaves");
    }
}

// A name that has waited gets the match. The one for all names ends after that: in between everybody is seen to leave.
void Departures::forget(const std::string& name) {
    const auto watched = watched_.extract(name);
    if (!watched) {
        return;
    }
    if (watched.mapped()) {
        static_cast<void>(tell_bus("RemoveMatch", name));
    } else {
        --unmatched_;
    }
    if (unmatched_ > 0) {
        match(*std::find_if(watched_.begin(), watched_.end(), [](const auto& each) { return !each.second; }));
    }
    match_all_if_needed();
}

void Departures::match(Watched::value_type& unmatched) {
    if (watched_.size() - unmatched_ < most_matches && tell_bus("AddMatch", unmatched.first)) {
        unmatched.second = true;
        --unmatched_;
    }
}

void Departures::match_all_if_needed() {
    if (matches_all_ != (unmatched_ > 0)) {
        matches_all_ = tell_bus(matches_all_ ? "RemoveMatch" : "AddMatch", "") != matches_all_;
    }
}

// No reply is wanted, which would wake the service: the bus handles in order what it is sent, and has room for these.
bool Departures::tell_bus(const char* method, const std::string& name) noexcept try {
    const std::string rule =
        "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',interface='org.freedesktop.DBus',"
        "member='NameOwnerChanged',arg2=''" +
        (name.empty() ? "" : ",arg0='" + name + "'");
    sd_bus_message* raw = nullptr;
    static_cast<void>(
        sd_bus_message_new_method_call(bus_, &raw, bus::driver_name, bus::driver_path, bus::driver_name, method));
    const bus::MessagePtr call(raw);
    return call && sd_bus_message_set_expect_reply(raw, 0) >= 0 &&
           sd_bus_message_append_basic(raw, SD_BUS_TYPE_STRING, rule.c_str()) >= 0 &&
           sd_bus_send(bus_, raw, nullptr) >= 0;
} catch (const std::exception&) {
    return false;  // no memory
}

// Only the bus itself can send in this name.
int Departures::look_at(sd_bus_message* message) noexcept {
    const char* const sender = sd_bus_message_get_sender(message);
    const char* name = nullptr;
    const char* before = nullptr;
    const char* now = nullptr;
    if (sd_bus_message_is_signal(message, bus::driver_name, "NameOwnerChanged") > 0 && sender != nullptr &&
        std::string_view(sender) == bus::driver_name &&
        sd_bus_message_read(message, "sss", &name, &before, &now) > 0 &&  // NOLINT(*-vararg)
        *name == ':' && *now == '\0') {
        auto tell = [&] { left_(name); };
        guard(tell, [](const Failure&) {});
    }
    return 0;
}

}  // namespace iopriority::service
