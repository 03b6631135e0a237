// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// caller - a bus client that does what its input says, many calls at a time.
//
// Prints "ready UNIQUE-NAME". Each line of input is one call, its answer one line of output, whenever it comes:
//
//   TAG [interactive] INTERFACE MEMBER [SIGNATURE ARGUMENT...]    (basic types only)
//   TAG ok VALUE...            strings as they are, arrays flattened
//   TAG error NAME TEXT
//
// to the service under test, at its one object. "no-start TAG ..." calls without activating the service.
// "gone" closes the connection with every call pending, and ends. "hand-over" ends this process, whose child has the
// connection, and says "handed-over" when it goes on with it.

#include <signal.h>
#include <sys/syscall.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "bus_message.hpp"

namespace {

using iopriority::test::append;
using iopriority::test::check;
using iopriority::test::Message;
using iopriority::test::values_of;

constexpr const char* service = "org.example.IoPriority";
constexpr const char* object = "/org/example/IoPriority";

struct Request {
    std::string tag;
    bool interactive{false};
    bool start{true};
    std::string interface;
    std::string member;
    std::string signature;
    std::vector<std::string> arguments;
};

Request parse(const std::string& line) {
    std::istringstream words{line};
    Request request;
    words >> request.tag;
    if (request.tag == "no-start") {
        request.start = false;
        words >> request.tag;
    }
    words >> request.interface;
    if (request.interface == "interactive") {
        request.interactive = true;
        words >> request.interface;
    }
    words >> request.member >> request.signature;
    for (std::string word; words >> word;) {
        request.arguments.push_back(word);
    }
    return request;
}

int on_answer(sd_bus_message* answer, void* data, sd_bus_error* /*error*/) {
    const std::unique_ptr<std::string> tag{static_cast<std::string*>(data)};
    if (const sd_bus_error* error = sd_bus_message_get_error(answer)) {
        std::cout << *tag << " error " << error->name << ' ' << error->message << std::endl;
        return 0;
    }
    std::cout << *tag << " ok";
    for (const auto& value : values_of(answer)) {
        std::cout << ' ' << value;
    }
    std::cout << std::endl;
    return 0;
}

void send(sd_bus* bus, const Request& request) {
    sd_bus_message* raw = nullptr;
    check(sd_bus_message_new_method_call(bus, &raw, service, object, request.interface.c_str(), request.member.c_str()),
          "new call");
    const Message message{raw};
    append(raw, request.signature, request.arguments);
    sd_bus_message_set_allow_interactive_authorization(raw, request.interactive ? 1 : 0);
    sd_bus_message_set_auto_start(raw, request.start ? 1 : 0);
    auto tag = std::make_unique<std::string>(request.tag);
    check(sd_bus_call_async(bus, nullptr, raw, on_answer, tag.get(), UINT64_MAX), "call");
    tag.release();
}

/// By the system call: of libc's fork() sd-bus would hear, and refuse to go on in the child.
void hand_over() {
    const auto child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child != 0) {
        _exit(child > 0 ? 0 : 1);
    }
    std::cout << "handed-over" << std::endl;
}

class Input {
 public:
    /// Takes what can be read; false at the end of file.
    bool read_some() {
        char buffer[4096];
        const auto size = read(STDIN_FILENO, buffer, sizeof buffer);
        text_.append(buffer, size > 0 ? static_cast<std::size_t>(size) : 0);
        return size > 0;
    }
    bool next(std::string& line) {
        const auto end = text_.find('\n');
        if (end == std::string::npos) {
            return false;
        }
        line = text_.substr(0, end);
        text_.erase(0, end + 1);
        return true;
    }

 private:
    std::string text_;
};

void serve(sd_bus* bus, sd_event* event) {
    struct Context {
        sd_bus* bus;
        Input input;
    } context{bus, {}};
    const auto on_input = [](sd_event_source* source, int /*fd*/, uint32_t /*events*/, void* data) -> int {
        auto& self = *static_cast<Context*>(data);
        const bool more = self.input.read_some();
        for (std::string line; self.input.next(line);) {
            if (line == "gone") {
                _exit(0);
            }
            if (line == "hand-over") {
                hand_over();
                continue;
            }
            send(self.bus, parse(line));
        }
        return more ? 0 : sd_event_exit(sd_event_source_get_event(source), 0);
    };
    check(sd_event_add_io(event, nullptr, STDIN_FILENO, 1 /* EPOLLIN */, on_input, &context), "watch input");
    check(sd_bus_attach_event(bus, event, SD_EVENT_PRIORITY_NORMAL), "attach");
    const char* name = nullptr;
    check(sd_bus_get_unique_name(bus, &name), "unique name");
    std::cout << "ready " << name << std::endl;
    check(sd_event_loop(event), "loop");
}

}  // namespace

int main() {
    try {
        sd_bus* bus = nullptr;
        sd_event* event = nullptr;
        check(sd_bus_open_system(&bus), "open");
        check(sd_event_new(&event), "event loop");
        serve(bus, event);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "caller: " << error.what() << '\n';
        return 1;
    }
}
