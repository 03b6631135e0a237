// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "random_message.hpp"

#include <string_view>
#include <utility>

namespace iopriority::test {

namespace {

struct Method {
    const char* interface;
    const char* member;
    const char* signature;
};

constexpr const char* own = "org.example.IoPriority";
constexpr const char* extended = "org.example.IoPriority.Extended1";
constexpr const char* properties = "org.freedesktop.DBus.Properties";

const std::vector<Method> methods{
    {own, "SetProcess", "usu"},
    {own, "SetUser", "usu"},
    {own, "Get", "u"},
    {extended, "SetPriority", "svsua{sv}"},
    {extended, "SetPriority", "svsua{sv}"},
    {extended, "SetPriority", "svsua{sv}"},
    {extended, "HoldPriority", "svsua{sv}"},
    {extended, "HoldPriority", "svsua{sv}"},
    {extended, "DescribePriority", "sva{sv}"},
    {extended, "DescribePriority", "sva{sv}"},
    {extended, "ListDevices", ""},
    {properties, "Get", "ss"},
    {properties, "GetAll", "s"},
    {properties, "Set", "ssv"},
    {"org.freedesktop.DBus.Introspectable", "Introspect", ""},
    {"org.freedesktop.DBus.Peer", "Ping", ""},
    {"org.freedesktop.DBus.Peer", "GetMachineId", ""},
    {own, "Stop", ""},
    {"org.freedesktop.systemd1.Manager", "Exit", ""},
};

const std::vector<std::string> texts{
    "none",          "realtime", "best-effort", "idle",     "Idle",         "",         "interactive", "descendants",
    "keep-explicit", "user",     own,           "Version",  "Holds",        "-.slice",  "user.slice",  "a@b.service",
    "../../etc",     "%s%n",     "\n",          "\x1b[31m", "\xe2\x80\xae", "x'\"$(id)"};

const std::vector<std::string> paths{"/org/example/IoPriority",
                                     "/org/example/IoPriority",
                                     "/org/example/IoPriority",
                                     "/org/example/IoPriority",
                                     "/org/example/IoPriority",
                                     "/",
                                     "/org/example",
                                     "/org/example/IoPriority/x"};

/// The kinds of targets, and what belongs to each.
const std::vector<std::pair<std::string, std::string>> kinds{{"process", "u"}, {"processes", "au"}, {"pidfd", "h"},
                                                             {"pidfds", "ah"}, {"group", "u"},      {"user", "u"},
                                                             {"unit", "s"},    {"user-unit", "s"}};

constexpr int deepest = 6;

/// The first complete type of a signature.
std::string_view first_type(std::string_view signature) {
    std::size_t end = 0;
    while (signature[end] == 'a') {
        ++end;
    }
    for (int open = 0;; ++end) {
        const char c = signature[end];
        open += (c == '(' || c == '{') ? 1 : 0;
        open -= (c == ')' || c == '}') ? 1 : 0;
        if (open == 0) {
            return signature.substr(0, end + 1);
        }
    }
}

}  // namespace

RandomCalls::RandomCalls(std::uint32_t seed, std::vector<std::uint32_t> numbers, std::vector<int> descriptors)
    : engine_{seed}, numbers_{std::move(numbers)}, descriptors_{std::move(descriptors)} {
    numbers_.insert(numbers_.end(),
                    {0, 1, 2, 4, 7, 8, 9, 255, 65535, 65536, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF});
}

Message RandomCalls::next(sd_bus* bus) {
    const auto& method = one_of(methods);
    const std::string member = once_in(20) ? "Method" + std::to_string(below(100)) : method.member;
    sd_bus_message* raw = nullptr;
    check(sd_bus_message_new_method_call(bus, &raw, own, one_of(paths).c_str(),
                                         once_in(20) ? nullptr : method.interface, member.c_str()),
          "new call");
    Message message{raw};
    descriptors_left_ = 4;
    std::string signature = method.signature;
    if (once_in(3)) {
        signature.clear();
        for (auto left = below(5); left > 0; --left) {
            signature += type(0);
        }
    }
    if (signature.starts_with("sv")) {
        append_target(raw);
        signature.erase(0, 2);
    }
    append_values(raw, signature);
    sd_bus_message_set_allow_interactive_authorization(raw, static_cast<int>(below(2)));
    return message;
}

std::string RandomCalls::type(int depth) {
    static const std::string basic = "ybnqiuxtdsogh";
    const auto kind = depth < deepest ? below(10) : 0;
    if (kind < 6) {
        return {basic[below(static_cast<std::uint32_t>(basic.size()))]};
    }
    if (kind == 6) {
        return "v";
    }
    if (kind == 7) {
        return "a" + type(depth + 1);
    }
    if (kind == 8) {
        return std::string{"a{"} + basic[below(12)] + type(depth + 1) + "}";
    }
    return "(" + type(depth + 1) + type(depth + 1) + ")";
}

std::string RandomCalls::text() {
    if (once_in(500)) {
        return std::string(below(1'000'000), 'x');
    }
    return one_of(texts);
}

std::uint64_t RandomCalls::number() {
    return once_in(4) ? engine_() : one_of(numbers_);
}

void RandomCalls::append_values(sd_bus_message* message, std::string_view signature) {
    while (!signature.empty()) {
        const auto type = first_type(signature);
        signature.remove_prefix(type.size());
        if (type == "a{sv}") {
            append_options(message);
        } else {
            append_value(message, type);
        }
    }
}

void RandomCalls::append_value(sd_bus_message* message, std::string_view type) {
    const std::string inside{type.substr(1, type.size() > 1 ? type.size() - 2 : 0)};
    if (type[0] == 'a') {
        append_array(message, type.substr(1));
    } else if (type[0] == 'v') {
        const auto content = this->type(deepest - 2);
        check(sd_bus_message_open_container(message, 'v', content.c_str()), "variant");
        append_value(message, content);
        check(sd_bus_message_close_container(message), "close");
    } else if (type[0] == '(' || type[0] == '{') {
        check(sd_bus_message_open_container(message, type[0] == '(' ? 'r' : 'e', inside.c_str()), "struct");
        append_values(message, inside);
        check(sd_bus_message_close_container(message), "close");
    } else {
        append_basic(message, type[0]);
    }
}

void RandomCalls::append_basic(sd_bus_message* message, char type) {
    const auto with = [&](const auto& value) { check(sd_bus_message_append_basic(message, type, &value), "basic"); };
    if (type == 's') {
        check(sd_bus_message_append_basic(message, type, text().c_str()), "string");
    } else if (type == 'o') {
        check(sd_bus_message_append_basic(message, type, one_of(paths).c_str()), "path");
    } else if (type == 'g') {
        check(sd_bus_message_append_basic(message, type, this->type(deepest - 2).c_str()), "signature");
    } else if (type == 'h') {
        --descriptors_left_;
        with(one_of(descriptors_));
    } else if (type == 'b') {
        with(static_cast<int>(below(2)));
    } else {
        with(number());  // of which as much is taken as the type has
    }
}

void RandomCalls::append_array(sd_bus_message* message, std::string_view element) {
    check(sd_bus_message_open_container(message, 'a', std::string{element}.c_str()), "array");
    const bool no_more = element.find('h') != std::string_view::npos && descriptors_left_ <= 0;
    const bool may_be_huge = element.size() == 1 && std::string_view{"hsv"}.find(element[0]) == std::string_view::npos;
    for (auto left = no_more ? 0U : may_be_huge && once_in(300) ? 100'000U : below(4); left > 0; --left) {
        append_value(message, element);
    }
    check(sd_bus_message_close_container(message), "close");
}

// Mostly of the type that belongs to the kind.
void RandomCalls::append_target(sd_bus_message* message) {
    const auto& [kind, type] = one_of(kinds);
    check(sd_bus_message_append_basic(message, 's', once_in(20) ? text().c_str() : kind.c_str()), "kind");
    const auto content = once_in(8) ? this->type(deepest - 2) : type;
    check(sd_bus_message_open_container(message, 'v', content.c_str()), "target");
    append_value(message, content);
    check(sd_bus_message_close_container(message), "close");
}

// Mostly none or what is known, sometimes of a wrong type.
void RandomCalls::append_options(sd_bus_message* message) {
    check(sd_bus_message_open_container(message, 'a', "{sv}"), "options");
    for (auto left = below(3); left > 0; --left) {
        check(sd_bus_message_open_container(message, 'e', "sv"), "option");
        append_basic(message, 's');
        const std::string content = once_in(2) ? "b" : type(deepest - 3);
        check(sd_bus_message_open_container(message, 'v', content.c_str()), "value");
        append_value(message, content);
        check(sd_bus_message_close_container(message), "close");
        check(sd_bus_message_close_container(message), "close");
    }
    check(sd_bus_message_close_container(message), "close");
}

}  // namespace iopriority::test
