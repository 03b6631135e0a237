// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clients.hpp"

#include <filesystem>
#include <stdexcept>

namespace iopriority::test {

namespace {

std::string value_of(const std::string& argument) {
    return argument.substr(2);
}

Command with_values(Command command, const std::vector<std::string>& arguments) {
    for (const auto& argument : arguments) {
        command.push_back(value_of(argument));
    }
    return command;
}

/// Debian has it where the Qt of its version is.
std::string qdbus() {
    for (const char* path : {"/usr/lib/qt5/bin/qdbus", "/usr/lib/qt6/bin/qdbus", "/usr/bin/qdbus"}) {
        if (std::filesystem::exists(path)) {
            return path;
        }
    }
    throw std::runtime_error("there is no qdbus");
}

}  // namespace

Command busctl_call(const std::string& method, const std::vector<std::string>& arguments) {
    std::string signature;
    for (const auto& argument : arguments) {
        signature += argument[0];
    }
    return with_values({"busctl", "--system", "call", interface, object_path, interface, method, signature}, arguments);
}

Command gdbus_call(const std::string& method, const std::vector<std::string>& arguments) {
    return with_values({"gdbus", "call", "--system", "--dest", interface, "--object-path", object_path, "--method",
                        std::string{interface} + '.' + method},
                       arguments);
}

Command dbus_send_call(const std::string& method, const std::vector<std::string>& arguments) {
    Command command{"dbus-send",
                    "--system",
                    "--print-reply=literal",
                    std::string{"--dest="} + interface,
                    object_path,
                    std::string{interface} + '.' + method};
    for (const auto& argument : arguments) {
        command.push_back((argument[0] == 'u' ? "uint32:" : "string:") + value_of(argument));
    }
    return command;
}

Command qdbus_call(const std::string& method, const std::vector<std::string>& arguments) {
    return with_values({qdbus(), "--system", interface, object_path, std::string{interface} + '.' + method}, arguments);
}

}  // namespace iopriority::test
