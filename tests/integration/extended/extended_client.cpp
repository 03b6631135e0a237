// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// extended_client - a bus client for org.example.IoPriority.Extended1: options and descriptors too, which caller
// cannot.
//
// Prints "ready UNIQUE-NAME". Each line of input is one call, its answer one line of output, whenever it comes:
//
//   TAG [interactive] [no-reply] MEMBER [SIGNATURE WORD...]
//   TAG ok PLACE=VALUE\t...     "hold" is the number of a descriptor here, the others are named_values_of() the answer
//   TAG error NAME TEXT
//   TAG ok                     at once, if no reply is wanted
//
// A variant is its type and its value, an array its length and its members: "v" may be "au 2 812 813", "a{sv}" may be
// "1 descendants b true". The word '' is an empty text.
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
    return word == "''" ? "" : word;
}

/// The first complete type of a signature, which loses it.
std::string take_type(std::string& signature) {
    std::size_t end = 0;
    while (signature.at(end) == 'a') {
        ++end;
    }
    for (int open = 0;; ++end) {
        const char c = signature.at(end);
        open += c == '{' || c == '(' ? 1 : c == '}' || c == ')' ? -1 : 0;
        if (open == 0) {
            break;
        }
    }
    const auto type = signature.substr(0, end + 1);
    signature.erase(0, end + 1);
    return type;
}

void append_all(sd_bus_message* message, std::string signature, std::istream& words);

void append_container(sd_bus_message* message, char type, const std::string& contents, std::istream& words) {
    check(sd_bus_message_open_container(message, type, contents.c_str()), "open");
    for (int left = type == 'a' ? std::stoi(word_of(words)) : 1; left > 0; --left) {
        append_all(message, contents, words);
    }
    check(sd_bus_message_close_container(message), "close");
}

void append_value(sd_bus_message* message, const std::string& type, std::istream& words) {
    if (type[0] == 'v') {
        append_container(message, 'v', word_of(words), words);
    } else if (type[0] == 'a') {
        append_container(message, 'a', type.substr(1), words);
    } else if (type[0] == '{' || type[0] == '(') {
        append_container(message, type[0] == '{' ? 'e' : 'r', type.substr(1, type.size() - 2), words);
    } else if (type[0] == 'h') {
        const int fd = descriptor(word_of(words));
        check(sd_bus_message_append_basic(message, 'h', &fd), "append descriptor");
        close(fd);  // the message has its own
    } else {
        const auto word = word_of(words);
        append(message, type, {type == "b" ? (word == "true" ? "1" : "0") : word});
    }
}

void append_all(sd_bus_message* message, std::string signature, std::istream& words) {
    while (!signature.empty()) {
        append_value(message, take_type(signature), words);
    }
}

/// Of an answer that begins with one: its number here.
void say_descriptor(sd_bus_message* answer) {
    int fd = -1;
    check(sd_bus_message_read_basic(answer, 'h', &fd), "read descriptor");
    std::cout << "hold=" << fcntl(fd, F_DUPFD_CLOEXEC, 3) << '\t';
}

int on_answer(sd_bus_message* answer, void* data, sd_bus_error* /*error*/) {
    const std::unique_ptr<std::string> tag{static_cast<std::string*>(data)};
    if (const sd_bus_error* error = sd_bus_message_get_error(answer)) {
        std::cout << *tag << " error " << error->name << ' ' << error->message << std::endl;
        return 0;
    }
    std::cout << *tag << " ok ";
    if (sd_bus_message_get_signature(answer, 1)[0] == 'h') {
        say_descriptor(answer);
    }
    for (const auto& [place, value] : iopriority::test::named_values_of(answer)) {
        std::cout << place << '=' << value << '\t';
    }
    std::cout << std::endl;
    return 0;
}

/// Whether the next word is this one, which is then taken.
bool take_word(std::istream& words, std::string& word, const char* wanted) {
    const bool is_there = word == wanted;
    if (is_there) {
        word = word_of(words);
    }
    return is_there;
}

void call(sd_bus* bus, std::istream& words, const std::string& tag) {
    auto member = word_of(words);
    const bool interactive = take_word(words, member, "interactive");
    const bool no_reply = take_word(words, member, "no-reply");
    sd_bus_message* raw = nullptr;
    check(sd_bus_message_new_method_call(bus, &raw, service, object, interface, member.c_str()), "new call");
    const Message message{raw};
    if (std::string signature; words >> signature) {
        append_all(raw, signature, words);
    }
    sd_bus_message_set_allow_interactive_authorization(raw, interactive ? 1 : 0);
    if (no_reply) {
        check(sd_bus_message_set_expect_reply(raw, 0), "no reply");
        check(sd_bus_send(bus, raw, nullptr), "send");
        std::cout << tag << " ok" << std::endl;
    } else {
        auto kept = std::make_unique<std::string>(tag);
        check(sd_bus_call_async(bus, nullptr, raw, on_answer, kept.get(), UINT64_MAX), "call");
        kept.release();
    }
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
