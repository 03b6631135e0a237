// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus_message.hpp"

#include <cstdint>
#include <stdexcept>
#include <system_error>

namespace iopriority::test {

namespace {

template <typename T>
std::string read_number(sd_bus_message* message, char type) {
    T value{};
    check(sd_bus_message_read_basic(message, type, &value), "read number");
    return std::to_string(value);
}

std::string read_basic(sd_bus_message* message, char type) {
    const char* text = nullptr;
    switch (type) {
        case 's':
        case 'o':
        case 'g':
            check(sd_bus_message_read_basic(message, type, &text), "read string");
            return text;
        case 'b':
        case 'i':
            return read_number<std::int32_t>(message, type);
        case 'u':
            return read_number<std::uint32_t>(message, type);
        case 't':
            return read_number<std::uint64_t>(message, type);
        case 'x':
            return read_number<std::int64_t>(message, type);
        case 'y':
            return read_number<std::uint8_t>(message, type);
        default:
            throw std::invalid_argument(std::string{"cannot read type "} + type);
    }
}

void read_all(sd_bus_message* message, std::vector<std::string>& values) {
    char type{};
    const char* contents = nullptr;
    while (check(sd_bus_message_peek_type(message, &type, &contents), "peek") > 0) {
        if (type == 'a' || type == 'v' || type == 'r' || type == 'e') {
            check(sd_bus_message_enter_container(message, type, contents), "enter");
            read_all(message, values);
            check(sd_bus_message_exit_container(message), "exit");
        } else {
            values.push_back(read_basic(message, type));
        }
    }
}

}  // namespace

int check(int result, const char* what) {
    if (result < 0) {
        throw std::system_error(-result, std::generic_category(), what);
    }
    return result;
}

void append(sd_bus_message* message, const std::string& signature, const std::vector<std::string>& arguments) {
    for (std::size_t i = 0; i < signature.size(); ++i) {
        const std::string& text = arguments.at(i);
        const char type = signature[i];
        int result = 0;
        if (type == 's' || type == 'o') {
            result = sd_bus_message_append_basic(message, type, text.c_str());
        } else if (type == 'u' || type == 'i' || type == 'b') {
            const auto number = static_cast<std::uint32_t>(std::stoll(text));
            result = sd_bus_message_append_basic(message, type, &number);
        } else if (type == 't' || type == 'x') {
            const auto number = static_cast<std::uint64_t>(std::stoll(text));
            result = sd_bus_message_append_basic(message, type, &number);
        } else {
            throw std::invalid_argument("cannot append " + signature);
        }
        check(result, "append");
    }
}

std::vector<std::string> values_of(sd_bus_message* message) {
    std::vector<std::string> values;
    read_all(message, values);
    return values;
}

}  // namespace iopriority::test
