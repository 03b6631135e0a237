// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus_message.hpp"

#include <cstdint>
#include <stdexcept>
#include <system_error>
#include <utility>

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

using Named = std::vector<std::pair<std::string, std::string>>;

void read_all(sd_bus_message* message, const std::string& path, Named& values);

void read_value(sd_bus_message* message, const std::string& path, Named& values) {
    char type{};
    const char* contents = nullptr;
    check(sd_bus_message_peek_type(message, &type, &contents), "peek");
    if (type != 'a' && type != 'v' && type != 'r') {
        values.emplace_back(path, read_basic(message, type));
        return;
    }
    check(sd_bus_message_enter_container(message, type, contents), "enter");
    if (type == 'v') {
        read_value(message, path, values);
    } else {
        read_all(message, path, values);
    }
    check(sd_bus_message_exit_container(message), "exit");
}

/// The members of what has been entered: by key, or by number.
void read_all(sd_bus_message* message, const std::string& path, Named& values) {
    const std::string below = path.empty() ? "" : path + '/';
    char type{};
    const char* contents = nullptr;
    for (int number = 0; check(sd_bus_message_peek_type(message, &type, &contents), "peek") > 0; ++number) {
        if (type != 'e') {
            read_value(message, below + std::to_string(number), values);
            continue;
        }
        check(sd_bus_message_enter_container(message, type, contents), "enter");
        const auto key = read_basic(message, contents[0]);
        read_value(message, below + key, values);
        check(sd_bus_message_exit_container(message), "exit");
    }
}

void read_flat(sd_bus_message* message, std::vector<std::string>& values) {
    char type{};
    const char* contents = nullptr;
    while (check(sd_bus_message_peek_type(message, &type, &contents), "peek") > 0) {
        if (type == 'a' || type == 'v' || type == 'r' || type == 'e') {
            check(sd_bus_message_enter_container(message, type, contents), "enter");
            read_flat(message, values);
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

namespace {

template <typename T>
int append_number(sd_bus_message* message, char type, T value) {
    return sd_bus_message_append_basic(message, type, &value);
}

int append_basic(sd_bus_message* message, char type, const std::string& text) {
    switch (type) {
        case 's':
        case 'o':
        case 'g':
            return sd_bus_message_append_basic(message, type, text.c_str());
        case 'y':
            return append_number(message, type, static_cast<std::uint8_t>(std::stoi(text)));
        case 'n':
        case 'q':
            return append_number(message, type, static_cast<std::uint16_t>(std::stoi(text)));
        case 'b':
        case 'i':
        case 'u':
            return append_number(message, type, static_cast<std::uint32_t>(std::stoll(text)));
        case 'x':
            return append_number(message, type, std::stoll(text));
        case 't':
            return append_number(message, type, std::stoull(text));
        case 'd':
            return append_number(message, type, std::stod(text));
        default:
            throw std::invalid_argument(std::string{"cannot append type "} + type);
    }
}

}  // namespace

void append(sd_bus_message* message, const std::string& signature, const std::vector<std::string>& arguments) {
    for (std::size_t i = 0; i < signature.size(); ++i) {
        check(append_basic(message, signature[i], arguments.at(i)), "append");
    }
}

std::vector<std::string> values_of(sd_bus_message* message) {
    std::vector<std::string> values;
    read_flat(message, values);
    return values;
}

std::vector<std::pair<std::string, std::string>> named_values_of(sd_bus_message* message) {
    Named values;
    char type{};
    const char* contents = nullptr;
    for (int number = 0; check(sd_bus_message_peek_type(message, &type, &contents), "peek") > 0; ++number) {
        const bool is_dictionary = type == 'a' && contents[0] == '{';
        read_value(message, is_dictionary ? "" : std::to_string(number), values);
    }
    return values;
}

}  // namespace iopriority::test
