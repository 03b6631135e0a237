// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cast.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "support/bus_message.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {

namespace {

constexpr const char* extended = "org.example.IoPriority.Extended1";

int checked(long result, const char* what) {
    if (result < 0) {
        throw std::system_error(errno, std::generic_category(), what);
    }
    return static_cast<int>(result);
}

Command with(Command prefix, const std::string& program) {
    prefix.push_back(tool(program));
    return prefix;
}

/// Of a process that may end at any time.
pid_t parent_of(pid_t pid) {
    std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
    std::string text;
    std::getline(file, text);
    std::istringstream fields{text.substr(std::min(text.rfind(')') + 1, text.size()))};
    char state{};
    pid_t parent{-1};
    fields >> state >> parent;
    return parent;
}

}  // namespace

Descriptor::Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

void Descriptor::reset() {
    if (fd_ >= 0) {
        ::close(std::exchange(fd_, -1));
    }
}

Client::Client(const std::string& user, const Command& prefix)
    : child_{user, with(prefix, "extended_client")},
      name_{child_.read_line().substr(sizeof "ready")},
      pid_{owner_of(name_).value()} {}

int Client::send(const std::string& call, Dialog dialog) {
    child_.write_line(std::to_string(++last_) + (dialog == Dialog::allowed ? " interactive " : " ") + call);
    return last_;
}

std::string Client::next_line() {
    auto text = child_.read_line();
    std::istringstream line{text};
    int tag = 0;
    std::string kind;
    if (!(line >> tag >> kind >> std::ws)) {
        return text;
    }
    Answer answer;
    if (kind == "error") {
        line >> answer.words >> std::ws;
        std::getline(line, answer.text);
    } else {
        std::getline(line, answer.words);
        answer.words = answer.words.empty() ? "ok" : "ok " + answer.words;
    }
    answers_[tag] = answer;
    return {};
}

Answer Client::answer(int tag) {
    while (!answers_.contains(tag)) {
        next_line();
    }
    return answers_.extract(tag).mapped();
}

Answer Client::set(pid_t pid, const std::string& priority, const std::string& options) {
    return call("SetProcess usua " + std::to_string(pid) + ' ' + words_of(priority) + ' ' + options);
}

Answer Client::try_hold(pid_t pid, const std::string& priority) {
    return call("HoldProcess usua " + std::to_string(pid) + ' ' + words_of(priority) + " 0");
}

int Client::hold(pid_t pid, const std::string& priority) {
    const auto answer = try_hold(pid, priority);
    if (!answer.words.starts_with("ok ")) {
        throw std::runtime_error("no lease: " + answer.words + ": " + answer.text);
    }
    return std::stoi(answer.words.substr(3));
}

void Client::command(const std::string& line, const std::string& reply) {
    child_.write_line(line);
    while (next_line() != reply) {
    }
}

void Client::close(int descriptor) {
    command("close " + std::to_string(descriptor), "close");
}

void Client::leave_bus() {
    command("gone", "gone");
}

Descriptor Client::copy(int descriptor) const {
    const Descriptor pidfd{checked(syscall(SYS_pidfd_open, pid_, 0), "pidfd_open")};
    return Descriptor{checked(syscall(SYS_pidfd_getfd, pidfd.get(), descriptor, 0), "pidfd_getfd")};
}

Actor::Actor(const std::string& user) : child_{user, {tool("actor")}} {
    if (child_.read_line() != "ready " + std::to_string(pid())) {
        throw std::runtime_error("the actor is not ready");
    }
}

std::vector<pid_t> Actor::does(const std::string& line) {
    child_.write_line(line);
    std::istringstream words{child_.read_line()};
    std::string verb;
    words >> verb;
    if (!line.starts_with(verb)) {
        throw std::logic_error("the actor speaks another language: " + verb);
    }
    std::vector<pid_t> numbers;
    for (pid_t number{}; words >> number;) {
        numbers.push_back(number);
    }
    return numbers;
}

void Actor::exec(const std::string& path) {
    does("exec " + path);
    if (child_.read_line() != "ready " + std::to_string(pid())) {
        throw std::runtime_error("the actor is not ready as " + path);
    }
}

std::vector<pid_t> tree_of(pid_t root) {
    std::vector<pid_t> tree{root};
    std::map<pid_t, pid_t> parents;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const auto name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") == std::string::npos) {
            parents[std::stoi(name)] = parent_of(std::stoi(name));
        }
    }
    for (std::size_t i = 0; i < tree.size(); ++i) {
        for (const auto& [pid, parent] : parents) {
            if (parent == tree[i]) {
                tree.push_back(pid);
            }
        }
    }
    return tree;
}

Breakdown priorities_of_tree(pid_t root) {
    Breakdown all;
    for (const auto pid : tree_of(root)) {
        for (const auto& [priority, number] : priorities_of(pid)) {
            all[priority] += number;
        }
    }
    return all;
}

std::string words_of(const std::string& priority) {
    const auto colon = priority.find(':');
    return colon == std::string::npos ? priority + " 0" : priority.substr(0, colon) + ' ' + priority.substr(colon + 1);
}

unsigned leases() {
    sd_bus* raw = nullptr;
    check(sd_bus_open_system(&raw), "open");
    const Bus bus{raw};
    std::uint32_t number = 0;
    sd_bus_error error = SD_BUS_ERROR_NULL;
    check(sd_bus_get_property_trivial(raw, interface, object_path, extended, "Leases", &error, 'u', &number), "Leases");
    return number;
}

bool leases_become(unsigned number) {
    return eventually([number] { return leases() == number; });
}

bool becomes(pid_t pid, const Breakdown& wanted) {
    return eventually([&] { return priorities_of(pid) == wanted; });
}

}  // namespace iopriority::test
