// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "polkit.hpp"

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>

#include "bus.hpp"
#include "child.hpp"

namespace iopriority::test {

namespace {

constexpr const char* rules_file = "/etc/polkit-1/rules.d/10-test.rules";
constexpr const char* marker_path = "/org/example/IoPriority/TestMarker";

Bus open_bus() {
    sd_bus* raw = nullptr;
    check(sd_bus_open_system(&raw), "open");
    return Bus{raw};
}

/// A question about a process that alice would own, which only the newest rules answer with yes: root needs no rule.
bool rules_in_force(sd_bus* bus, const std::string& generation) {
    sd_bus_message* answer = nullptr;
    sd_bus_error failure = SD_BUS_ERROR_NULL;
    const int result =
        sd_bus_call_method(bus, "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
                           "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization", &failure, &answer,
                           "(sa{sv})sa{ss}us", "unix-process", 3, "pid", "u", static_cast<std::uint32_t>(getpid()),
                           "start-time", "t", std::uint64_t{0}, "uid", "i", static_cast<std::int32_t>(uid_of("alice")),
                           set_realtime, 1, "test-generation", generation.c_str(), 0U, "");
    if (result < 0) {
        const std::string text = failure.message != nullptr ? failure.message : "no answer";
        sd_bus_error_free(&failure);
        throw std::runtime_error("polkit: " + text);
    }
    const Message message{answer};
    return values_of(answer).at(0) == "1";
}

Check read_check(sd_bus_message* message) {
    Check seen;
    seen.sender = sd_bus_message_get_sender(message);
    const char* text = nullptr;
    const char* value = nullptr;
    std::uint32_t flags = 0;
    check(sd_bus_message_enter_container(message, 'r', "sa{sv}"), "subject");
    check(sd_bus_message_read(message, "s", &text), "subject kind");
    check(sd_bus_message_enter_container(message, 'a', "{sv}"), "subject details");
    while (check(sd_bus_message_enter_container(message, 'e', "sv"), "detail") > 0) {
        const auto words = values_of(message);
        if (words.at(0) == "name") {
            seen.subject = words.at(1);
        }
        check(sd_bus_message_exit_container(message), "detail");
    }
    check(sd_bus_message_exit_container(message), "subject details");
    check(sd_bus_message_exit_container(message), "subject");
    check(sd_bus_message_read(message, "s", &text), "action");
    seen.action = text;
    check(sd_bus_message_enter_container(message, 'a', "{ss}"), "details");
    while (check(sd_bus_message_read(message, "{ss}", &text, &value), "detail") > 0) {
        seen.details[text] = value;
    }
    check(sd_bus_message_exit_container(message), "details");
    check(sd_bus_message_read(message, "u", &flags), "flags");
    seen.interactive = (flags & 1U) != 0;
    return seen;
}

}  // namespace

void set_rules(const std::string& javascript) {
    static int generation = 0;
    const std::string number = std::to_string(++generation);
    const std::string draft = std::string{rules_file} + ".new";
    {
        std::ofstream file{draft};
        file << "polkit.addRule(function(action, subject) {\n"
             << "    if (action.lookup('test-generation') == '" << number << "') { return polkit.Result.YES; }\n"
             << "    if (action.lookup('test-generation')) { return polkit.Result.NO; }\n});\n"
             << javascript;
    }
    std::filesystem::rename(draft, rules_file);
    const auto bus = open_bus();
    if (!eventually([&] { return rules_in_force(bus.get(), number); })) {
        throw std::runtime_error("polkit does not take the rules: " + javascript);
    }
}

void reset_rules() {
    if (std::filesystem::exists(rules_file)) {
        set_rules("");
        std::filesystem::remove(rules_file);
    }
}

std::string rule(const std::string& action, const std::string& result) {
    return "polkit.addRule(function(action, subject) { if (action.id == '" + action + "') { return polkit.Result." +
           result + "; } });\n";
}

PolkitMonitor::PolkitMonitor() : marker_{open_bus()} {
    sd_bus* raw = nullptr;
    check(sd_bus_new(&raw), "new");
    monitor_.reset(raw);
    check(sd_bus_set_address(raw, "unix:path=/run/dbus/system_bus_socket"), "address");
    check(sd_bus_set_bus_client(raw, 1), "client");
    check(sd_bus_set_monitor(raw, 1), "monitor");
    check(sd_bus_start(raw), "start");
    check(sd_bus_call_method(
              raw, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.Monitoring", "BecomeMonitor",
              nullptr, nullptr, "asu", 2,
              "type='method_call',interface='org.freedesktop.PolicyKit1.Authority',member='CheckAuthorization'",
              "type='method_call',path='/org/example/IoPriority/TestMarker'", 0U),
          "become monitor");
}

std::vector<Check> PolkitMonitor::checks() {
    const std::string mark = "Mark" + std::to_string(++marks_);
    sd_bus_call_method(marker_.get(), "org.freedesktop.DBus", marker_path, "org.freedesktop.DBus", mark.c_str(),
                       nullptr, nullptr, "");  // unknown to the bus, which has shown it to the monitor nonetheless
    const char* own = nullptr;
    check(sd_bus_get_unique_name(marker_.get(), &own), "unique name");
    std::vector<Check> seen;
    for (;;) {
        sd_bus_message* raw = nullptr;
        if (check(sd_bus_process(monitor_.get(), &raw), "process") == 0) {
            check(sd_bus_wait(monitor_.get(), UINT64_MAX), "wait");
            continue;
        }
        const Message message{raw};
        if (raw == nullptr) {
            continue;
        }
        const std::string_view member = sd_bus_message_get_member(raw) != nullptr ? sd_bus_message_get_member(raw) : "";
        if (member == mark) {
            return seen;
        }
        if (member == "CheckAuthorization") {
            auto question = read_check(raw);
            if (!question.details.contains("test-generation")) {
                seen.push_back(std::move(question));
            }
        }
    }
}

std::vector<std::string> PolkitMonitor::actions() {
    std::vector<std::string> result;
    for (const auto& question : checks()) {
        result.push_back(question.action);
    }
    return result;
}

}  // namespace iopriority::test
