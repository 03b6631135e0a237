// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hostile.hpp"

#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "support/kernel.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {

namespace {

Command caller_through(Command through) {
    through.push_back(tool("caller"));
    return through;
}

[[noreturn]] void play(const std::string& user, const std::function<void(const std::function<void()>&)>& body,
                       int out) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const passwd* entry = getpwnam(user.c_str());
    if (entry == nullptr || initgroups(entry->pw_name, entry->pw_gid) != 0 || setgid(entry->pw_gid) != 0 ||
        setuid(entry->pw_uid) != 0) {
        _exit(124);
    }
    try {
        body([out] { static_cast<void>(write(out, "r", 1) == 1); });
    } catch (const std::exception& error) {
        std::cerr << "as " << user << ": " << error.what() << '\n';
        _exit(1);
    }
    _exit(0);
}

std::string text_or_nothing(const char* text) {
    return text != nullptr ? text : "";
}

Heard heard(sd_bus_message* message) {
    Heard result;
    result.sender = text_or_nothing(sd_bus_message_get_sender(message));
    result.destination = text_or_nothing(sd_bus_message_get_destination(message));
    result.member = text_or_nothing(sd_bus_message_get_member(message));
    const sd_bus_error* error = sd_bus_message_get_error(message);
    result.error = error != nullptr ? text_or_nothing(error->name) : "";
    sd_bus_message_get_cookie(message, &result.serial);
    sd_bus_message_get_reply_cookie(message, &result.reply_to);
    return result;
}

}  // namespace

Disguised::Disguised(const std::string& user, Command through)
    : child_{user, caller_through(std::move(through))}, name_{child_.read_line().substr(sizeof "ready")} {}

Answer Disguised::call(const std::string& call, Dialog dialog) {
    const bool own = call.substr(0, call.find(' ')).find('.') == std::string::npos;
    child_.write_line(std::to_string(++last_) + (dialog == Dialog::allowed ? " interactive " : " ") +
                      (own ? std::string{interface} + ' ' : "") + call);
    std::istringstream line{child_.read_line()};
    int tag = 0;
    std::string kind;
    Answer answer;
    line >> tag >> kind >> std::ws;
    if (kind == "error") {
        line >> answer.words >> std::ws;
        std::getline(line, answer.text);
    } else {
        std::getline(line, answer.words);
        answer.words = answer.words.empty() ? "ok" : "ok " + answer.words;
    }
    return answer;
}

Forked::Forked(const std::string& user, const std::function<void(const std::function<void()>&)>& body) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0 || (pid_ = fork()) < 0) {
        throw std::system_error(errno, std::generic_category(), "fork");
    }
    if (pid_ == 0) {
        close(ends[0]);
        play(user, body, ends[1]);
    }
    close(ends[1]);
    char ready{};
    const bool told = read(ends[0], &ready, 1) == 1;
    close(ends[0]);
    if (!told) {
        waitpid(pid_, nullptr, 0);
        throw std::runtime_error("a process of " + user + " did not get ready");
    }
}

Forked::~Forked() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
}

Stopped::Stopped(pid_t pid) : pid_{pid} {
    kill(pid, SIGSTOP);
    if (!eventually([pid] { return status_field(pid, "State").starts_with('T'); })) {
        throw std::runtime_error("process " + std::to_string(pid) + " does not stop");
    }
}

void Stopped::resume() {
    kill(pid_, SIGCONT);
}

std::string setuid_copy(const std::string& program) {
    namespace fs = std::filesystem;
    auto path = "/run/setuid-" + fs::path{program}.filename().string();
    fs::remove(path);  // one that runs cannot be written over
    fs::copy_file(program, path);
    fs::permissions(path, fs::perms{04755});
    return path;
}

Bus open_system_bus() {
    sd_bus* raw = nullptr;
    check(sd_bus_open_system(&raw), "open");
    return Bus{raw};
}

Wire::Wire(const std::vector<std::string>& rules) : marker_{open_system_bus()} {
    sd_bus* raw = nullptr;
    check(sd_bus_new(&raw), "new");
    monitor_.reset(raw);
    check(sd_bus_set_address(raw, "unix:path=/run/dbus/system_bus_socket"), "address");
    check(sd_bus_set_bus_client(raw, 1), "client");
    check(sd_bus_set_monitor(raw, 1), "monitor");
    check(sd_bus_start(raw), "start");
    sd_bus_message* call = nullptr;
    check(sd_bus_message_new_method_call(raw, &call, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                         "org.freedesktop.DBus.Monitoring", "BecomeMonitor"),
          "new call");
    const Message message{call};
    check(sd_bus_message_open_container(call, 'a', "s"), "open");
    for (const auto& rule : rules) {
        check(sd_bus_message_append(call, "s", rule.c_str()), "rule");
    }
    check(sd_bus_message_append(call, "s", "path='/org/example/IoPriority/WireMarker'"), "rule");
    check(sd_bus_message_close_container(call), "close");
    check(sd_bus_message_append(call, "u", 0U), "flags");
    check(sd_bus_call(raw, call, 0, nullptr, nullptr), "become monitor");
}

Heard Wire::next() {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < end) {
        sd_bus_message* raw = nullptr;
        if (check(sd_bus_process(monitor_.get(), &raw), "process") == 0) {
            check(sd_bus_wait(monitor_.get(), patience_usec), "wait");
            continue;
        }
        const Message message{raw};
        if (raw != nullptr) {
            return heard(raw);
        }
    }
    throw std::runtime_error("the message that was waited for did not come");
}

Heard Wire::wait_for(const std::function<bool(const Heard&)>& wanted) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < end) {
        auto message = next();
        if (wanted(message)) {
            return message;
        }
    }
    throw std::runtime_error("other messages came all the time");
}

std::vector<Heard> Wire::all() {
    const std::string mark = "Mark" + std::to_string(++marks_);
    sd_bus_call_method(marker_.get(), "org.freedesktop.DBus", "/org/example/IoPriority/WireMarker",
                       "org.freedesktop.DBus", mark.c_str(), nullptr, nullptr, "");  // refused, but heard
    std::vector<Heard> messages;
    for (auto message = next(); message.member != mark; message = next()) {
        if (!message.member.starts_with("Name")) {  // NameAcquired, NameLost: of the monitor itself
            messages.push_back(std::move(message));
        }
    }
    return messages;
}

Footprint footprint(pid_t pid) {
    namespace fs = std::filesystem;
    const auto descriptors = fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd");
    // AddressSanitizer keeps what is freed: its memory tells nothing.
    const long memory_kb = service_has_sanitizers() ? 0 : std::stol(status_field(pid, "RssAnon"));
    return {memory_kb, std::distance(begin(descriptors), end(descriptors))};
}

bool is_alive(pid_t pid) {
    return !wait_for_end(pid, std::chrono::milliseconds{0});
}

void settle() {
    Caller anybody{"carol"};
    const auto answer = anybody.get(0);
    if (!answer.words.starts_with("ok")) {
        throw std::runtime_error("the daemon does not answer: " + answer.words + ' ' + answer.text);
    }
}

pid_t running_daemon() {
    settle();
    return daemon_pid().value();
}

pid_t running_polkit() {
    const auto bus = open_system_bus();
    sd_bus_call_method(bus.get(), "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                       "StartServiceByName", nullptr, nullptr, "su", "org.freedesktop.PolicyKit1", 0U);
    return owner_of("org.freedesktop.PolicyKit1").value();
}

}  // namespace iopriority::test
