// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A connection to the bus, byte by byte: for messages that no library makes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace iopriority::test {

/// The arguments of a call.
struct RawBody {
    std::string signature;
    std::string bytes;

    RawBody& text(const std::string& value);
    RawBody& number(std::uint32_t value);
    /// The head of a variant; its value comes after it.
    RawBody& variant(const std::string& type);
    /// A list of numbers, such as those by which a message names its descriptors.
    RawBody& numbers(const std::vector<std::uint32_t>& values);
    /// No options.
    RawBody& nothing();
};

class RawBus {
 public:
    /// Connects and says Hello.
    RawBus();
    RawBus(const RawBus&) = delete;
    RawBus& operator=(const RawBus&) = delete;
    RawBus(RawBus&&) = delete;
    RawBus& operator=(RawBus&&) = delete;
    ~RawBus();

    /// Calls the service, with descriptors that the header alone knows of, or that only the body names.
    void call(const std::string& of, const std::string& member, const std::vector<int>& descriptors,
              const RawBody& body = {});
    /// A call that dbus-daemon passes on, and that libsystemd does not understand: it is nested too deeply.
    void call_too_deep(const std::vector<int>& descriptors = {});
    /// What would make a reader that is one message ahead of libsystemd throw away the beginning of a call, so that
    /// libsystemd finds in the rest of it another one, of SetProcess, that this sender has not sent.
    void call_within_a_call(const std::string& sender, const RawBody& arguments);
    /// The bytes of the answer to the last call.
    [[nodiscard]] std::string answer();

 private:
    void send(const std::string& bytes, const std::vector<int>& descriptors = {}) const;
    void say_line(const std::string& line) const;
    [[nodiscard]] std::string next_message() const;
    [[nodiscard]] std::string bytes(std::size_t number) const;

    int socket_;
    std::string name_;
    std::uint32_t serial_ = 0;
};

}  // namespace iopriority::test
