// SPDX-License-Identifier: LGPL-2.1-or-later
//
// extended_client - a bus client for org.example.IoPriority.Extended1: options and descriptors too, which caller
// cannot.
//
// Prints "ready UNIQUE-NAME". Each line of input is one call, its answer one line of output, whenever it comes:
//
//   TAG [interactive] MEMBER [SIGNATURE WORD...]
//   TAG ok VALUE...            arrays, dictionaries and variants flattened; a descriptor as its number here
//   TAG error NAME TEXT
//
// Signature letters are basic types, "h" and "a" for a{sv}: a count, then key, type, value of each.
// A descriptor is "pidfd:PID", "thread-pidfd:TID" (of a thread, as PIDFD_THREAD makes it), "dead" (a pidfd of a process
// that has ended), "file:PATH", "pipe", "socket", "fd:NUMBER".
//
// A descriptor of an answer is kept until "close NUMBER". "gone" leaves the bus with every call pending, and waits for
// the end of input. Each is answered with its own word.

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "support/bus_message.hpp"

namespace {

using iopriority::test::append;
using iopriority::test::Bus;
using iopriority::test::check;
using iopriority::test::Message;

constexpr const char* service = "org.example.IoPriority";
constexpr const char* object = "/org/example/IoPriority";
constexpr const char* interface = "org.example.IoPriority.Extended1";

int pidfd_of(pid_t pid) {
    return static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
}

/// PIDFD_THREAD (Linux 6.9), which the headers of Debian 12 do not have.
int pidfd_of_thread(pid_t tid) {
    return static_cast<int>(syscall(SYS_pidfd_open, tid, O_EXCL));
}

int dead_pidfd() {
    const pid_t child = fork();
    if (child == 0) {
        _exit(0);
    }
    const int fd = pidfd_of(child);
    waitpid(child, nullptr, 0);
    return fd;
}

int descriptor(const std::string& word) {
    std::array<int, 2> ends{-1, -1};
    const auto rest = word.substr(word.find(':') + 1);
    if (word == "dead") {
        return dead_pidfd();
    }
    if (word == "pipe") {
        check(pipe2(ends.data(), O_CLOEXEC), "pipe");
        return ends[0];
    }
    if (word == "socket") {
        check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
        return ends[0];
    }
    if (word.starts_with("pidfd:")) {
        return pidfd_of(std::stoi(rest));
    }
    if (word.starts_with("thread-pidfd:")) {
        return pidfd_of_thread(std::stoi(rest));
    }
    return word.starts_with("fd:") ? dup(std::stoi(rest)) : open(rest.c_str(), O_RDONLY | O_CLOEXEC);
}

std::string word_of(std::istream& words) {
    std::string word;
    if (!(words >> word)) {
        throw std::invalid_argument("a word is missing");
    }
    return word;
}

void append_options(sd_bus_message* message, std::istream& words) {
    check(sd_bus_message_open_container(message, 'a', "{sv}"), "open");
    for (int left = std::stoi(word_of(words)); left > 0; --left) {
        const auto key = word_of(words);
        const auto type = word_of(words);
        check(sd_bus_message_open_container(message, 'e', "sv"), "open");
        append(message, "s", {key});
        check(sd_bus_message_open_container(message, 'v', type.c_str()), "open");
        const auto value = word_of(words);
        append(message, type, {type == "b" ? (value == "true" ? "1" : "0") : value});
        check(sd_bus_message_close_container(message), "close");
        check(sd_bus_message_close_container(message), "close");
    }
    check(sd_bus_message_close_container(message), "close");
}

void append_all(sd_bus_message* message, const std::string& signature, std::istream& words) {
    for (const char type : signature) {
        if (type == 'a') {
            append_options(message, words);
        } else if (type == 'h') {
            const int fd = descriptor(word_of(words));
            check(sd_bus_message_append_basic(message, 'h', &fd), "append descriptor");
            close(fd);  // the message has its own
        } else {
            append(message, {type}, {word_of(words)});
        }
    }
}

int on_answer(sd_bus_message* answer, void* data, sd_bus_error* /*error*/) {
    const std::unique_ptr<std::string> tag{static_cast<std::string*>(data)};
    if (const sd_bus_error* error = sd_bus_message_get_error(answer)) {
        std::cout << *tag << " error " << error->name << ' ' << error->message << std::endl;
        return 0;
    }
    std::cout << *tag << " ok";
    if (std::string{sd_bus_message_get_signature(answer, 1)} == "h") {
        int fd = -1;
        check(sd_bus_message_read_basic(answer, 'h', &fd), "read descriptor");
        std::cout << ' ' << fcntl(fd, F_DUPFD_CLOEXEC, 3);
    } else {
        for (const auto& value : iopriority::test::values_of(answer)) {
            std::cout << ' ' << value;
        }
    }
    std::cout << std::endl;
    return 0;
}

void call(sd_bus* bus, std::istream& words, const std::string& tag) {
    auto member = word_of(words);
    const bool interactive = member == "interactive";
    if (interactive) {
        member = word_of(words);
    }
    sd_bus_message* raw = nullptr;
    check(sd_bus_message_new_method_call(bus, &raw, service, object, interface, member.c_str()), "new call");
    const Message message{raw};
    if (std::string signature; words >> signature) {
        append_all(raw, signature, words);
    }
    sd_bus_message_set_allow_interactive_authorization(raw, interactive ? 1 : 0);
    auto kept = std::make_unique<std::string>(tag);
    check(sd_bus_call_async(bus, nullptr, raw, on_answer, kept.get(), UINT64_MAX), "call");
    kept.release();
    check(sd_bus_flush(bus), "flush");
}

void obey(sd_bus* bus, const std::string& line) {
    std::istringstream words{line};
    const auto first = word_of(words);
    if (first == "close") {
        close(std::stoi(word_of(words)));
    } else if (first == "gone") {
        sd_bus_close(bus);
    } else {
        call(bus, words, first);
        return;
    }
    std::cout << first << std::endl;
}

/// Lines of standard input, as they come.
int on_input(sd_event_source* source, int fd, std::uint32_t /*events*/, void* data) {
    static std::string text;
    std::array<char, 4096> buffer{};
    const auto size = read(fd, buffer.data(), buffer.size());
    text.append(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
        obey(static_cast<sd_bus*>(data), text.substr(0, end));
        text.erase(0, end + 1);
    }
    return size > 0 ? 0 : sd_event_exit(sd_event_source_get_event(source), 0);
}

}  // namespace

int main() {
    try {
        sd_bus* bus = nullptr;
        sd_event* event = nullptr;
        check(sd_bus_open_system(&bus), "open");
        sd_bus_set_exit_on_disconnect(bus, 0);
        check(sd_event_new(&event), "event loop");
        check(sd_event_add_io(event, nullptr, STDIN_FILENO, 1 /* EPOLLIN */, on_input, bus), "watch input");
        check(sd_bus_attach_event(bus, event, SD_EVENT_PRIORITY_NORMAL), "attach");
        const char* name = nullptr;
        check(sd_bus_get_unique_name(bus, &name), "unique name");
        std::cout << "ready " << name << std::endl;
        check(sd_event_loop(event), "loop");
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "extended_client: " << error.what() << '\n';
        return 1;
    }
}
