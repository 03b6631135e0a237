// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
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

std::string list(const std::string& type, const std::vector<pid_t>& pids, const std::string& prefix = {}) {
    std::string text = 'a' + type + ' ' + std::to_string(pids.size());
    for (const auto pid : pids) {
        text.append(" ").append(prefix).append(std::to_string(pid));
    }
    return text;
}

Reply reply_of(std::istream& fields) {
    Reply reply;
    std::string all = "ok";
    for (std::string field; std::getline(fields, field, '\t');) {
        const auto end = field.find('=');
        const auto value = field.substr(end + 1);
        reply.values[field.substr(0, end)] = value;
        all.append(" ").append(value);
    }
    if (const auto hold = reply.values.extract("hold")) {
        reply.hold = std::stoi(hold.mapped());
    }
    const bool counts = !reply["processes"].empty() && !reply["threads"].empty();
    reply.words = counts ? "ok " + reply["processes"] + ' ' + reply["threads"] : all;
    return reply;
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

std::string told_by(const Descriptor& hold) {
    pollfd event{hold.get(), POLLIN, 0};
    checked(poll(&event, 1, 0), "poll");
    const std::string overruled = (event.revents & POLLIN) != 0 ? "overruled" : "";
    const std::string lost = (event.revents & POLLHUP) != 0 ? "lost" : "";
    return overruled + (overruled.empty() || lost.empty() ? "" : " ") + lost;
}

On On::with(const std::string& option, bool value) const {
    return with_words(option + (value ? " b true" : " b false"));
}

On On::with_words(const std::string& option) const {
    On copy = *this;
    copy.options_.push_back(option);
    return copy;
}

std::string On::options() const {
    auto text = std::to_string(options_.size());
    for (const auto& option : options_) {
        text.append(" ").append(option);
    }
    return text;
}

namespace on {

On process(pid_t pid) {
    return {pid};
}

On tree(pid_t root) {
    return process(root).with("descendants");
}

On processes(const std::vector<pid_t>& pids) {
    return {"processes", list("u", pids)};
}

On pidfd(pid_t pid) {
    return descriptor("pidfd:" + std::to_string(pid));
}

On pidfds(const std::vector<pid_t>& pids) {
    return {"pidfds", list("h", pids, "pidfd:")};
}

On descriptor(const std::string& word) {
    return {"pidfd", "h " + word};
}

On group(pid_t group) {
    return {"group", "u " + std::to_string(group)};
}

On user(uid_t uid) {
    return {"user", "u " + std::to_string(uid)};
}

On user(const std::string& name) {
    return user(uid_of(name));
}

On unit(const std::string& name) {
    return {"unit", "s " + name};
}

On user_unit(const std::string& name) {
    return {"user-unit", "s " + name};
}

}  // namespace on

std::string Reply::operator[](const std::string& place) const {
    const auto found = values.find(place);
    return found == values.end() ? "" : found->second;
}

std::map<std::string, int> Reply::counts(const std::string& place) const {
    std::map<std::string, int> all;
    for (const auto& [each, value] : values) {
        if (each.starts_with(place + '/')) {
            all[each.substr(place.size() + 1)] = std::stoi(value);
        }
    }
    return all;
}

Client::Client(const std::string& user, const Command& prefix)
    : child_{user, with(prefix, "extended_client")},
      name_{child_.read_line().substr(sizeof "ready")},
      pid_{owner_of(name_).value()} {}

int Client::send_set(const On& target, const std::string& priority, Dialog dialog) {
    return send(call_words("SetPriority", target, priority), dialog);
}

int Client::send_hold(const On& target, const std::string& priority, Dialog dialog) {
    return send(call_words("HoldPriority", target, priority), dialog);
}

int Client::hold(const On& target, const std::string& priority) {
    const auto reply = try_hold(target, priority);
    if (!reply.hold) {
        throw std::runtime_error("no hold: " + reply.words + ": " + reply.text);
    }
    return *reply.hold;
}

int Client::send_describe(const On& target) {
    return send("DescribePriority sva{sv} " + target.target() + ' ' + target.options());
}

int Client::send(const std::string& call, Dialog dialog) {
    child_.write_line(std::to_string(++last_) + (dialog == Dialog::allowed ? " interactive " : " ") + call);
    return last_;
}

/// The line, if it is no answer.
std::string Client::take(const std::string& text) {
    std::istringstream line{text};
    int tag = 0;
    std::string kind;
    if (!(line >> tag >> kind)) {
        return text;
    }
    line >> std::ws;
    Reply reply;
    if (kind == "error") {
        line >> reply.words >> std::ws;
        std::getline(line, reply.text);
    } else {
        reply = reply_of(line);
    }
    answers_[tag] = reply;
    return {};
}

Reply Client::answer(int tag) {
    while (!answers_.contains(tag)) {
        take(child_.read_line());
    }
    return answers_.extract(tag).mapped();
}

bool Client::arrived(int tag) {
    while (const auto line = child_.line_if_there()) {
        take(*line);
    }
    return answers_.contains(tag);
}

void Client::command(const std::string& line, const std::string& reply) {
    child_.write_line(line);
    while (take(child_.read_line()) != reply) {
    }
}

void Client::close(int descriptor) {
    command("close " + std::to_string(descriptor), "close");
}

void Client::end(int hold) {
    const auto before = holds();
    close(hold);
    if (!holds_become(before - 1)) {
        throw std::runtime_error("the hold does not end");
    }
}

void Client::leave_bus() {
    command("gone", "gone");
}

Descriptor Client::copy(int descriptor) const {
    const Descriptor pidfd{checked(syscall(SYS_pidfd_open, pid_, 0), "pidfd_open")};
    return Descriptor{checked(syscall(SYS_pidfd_getfd, pidfd.get(), descriptor, 0), "pidfd_getfd")};
}

std::string call_words(const std::string& method, const On& target, const std::string& priority) {
    return method + " svsua{sv} " + target.target() + ' ' + words_of(priority) + ' ' + target.options();
}

std::string words_of(const std::string& priority) {
    const auto colon = priority.find(':');
    return colon == std::string::npos ? priority + " 0" : priority.substr(0, colon) + ' ' + priority.substr(colon + 1);
}

unsigned holds() {
    sd_bus* raw = nullptr;
    check(sd_bus_open_system(&raw), "open");
    const Bus bus{raw};
    std::uint32_t number = 0;
    sd_bus_error error = SD_BUS_ERROR_NULL;
    const int result =
        sd_bus_get_property_trivial(raw, interface, object_path, extended, "Holds", &error, 'u', &number);
    const std::string why = error.message != nullptr ? error.message : "";
    sd_bus_error_free(&error);
    check(result, ("Holds: " + why).c_str());
    return number;
}

bool holds_become(unsigned number) {
    return eventually([number] { return holds() == number; });
}

}  // namespace iopriority::test
