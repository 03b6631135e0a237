// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus.hpp"

#include <ostream>
#include <set>
#include <sstream>
#include <stdexcept>

#include "bus_message.hpp"
#include "kernel.hpp"
#include "private_bus.hpp"

namespace iopriority::test {

namespace {

Prompt prompt_of(const std::string& line) {
    std::istringstream fields{line};
    std::string kind;
    Prompt prompt;
    std::getline(fields, kind, '\t');
    if (kind != "prompt") {
        throw std::runtime_error("a prompt was expected, and there came: " + line);
    }
    std::getline(fields, prompt.action, '\t');
    std::getline(fields, prompt.message, '\t');
    for (std::string field; std::getline(fields, field, '\t');) {
        prompt.details[field.substr(0, field.find('='))] = field.substr(field.find('=') + 1);
    }
    return prompt;
}

/// Whose agent it is: the user of the processes it answers for. polkit 126 takes no answer from another's, not even
/// root's, while 122 does. (A process that was only just started may still be on its way from root to its user.)
std::string user_of_agent(const std::vector<pid_t>& processes) {
    std::set<std::string> users;
    for (const auto pid : processes) {
        std::string uid;
        static_cast<void>(eventually(
            [&] {
                std::istringstream{status_field(pid, "Uid")} >> uid;
                return uid != "0";
            },
            std::chrono::seconds{1}));
        users.insert(uid);
    }
    return users.size() == 1 ? *users.begin() : "root";
}

Command agent_command(const std::vector<pid_t>& processes, const Command& how, const std::string& locale) {
    Command command{"/usr/bin/env", "LANG=" + locale, "LC_ALL=" + locale, tool("agent")};
    for (const auto pid : processes) {
        command.insert(command.end(), {"--process", std::to_string(pid)});
    }
    command.insert(command.end(), how.begin(), how.end());
    return command;
}

}  // namespace

std::ostream& operator<<(std::ostream& stream, const Answer& answer) {
    return stream << answer.words << (answer.text.empty() ? "" : " (" + answer.text + ')');
}

Caller::Caller(const std::string& user)
    : child_{user, {tool("caller")}}, name_{child_.read_line().substr(sizeof "ready")} {}

int Caller::send(const std::string& call, Dialog dialog, Start start) {
    const bool own = call.substr(0, call.find(' ')).find('.') == std::string::npos;
    child_.write_line((start == Start::not_for_this ? "no-start " : "") + std::to_string(++last_) +
                      (dialog == Dialog::allowed ? " interactive " : " ") + (own ? std::string{interface} + ' ' : "") +
                      call);
    return last_;
}

void Caller::take(const std::string& text) {
    std::istringstream line{text};
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
    answers_[tag] = answer;
}

bool Caller::arrived(int tag) {
    while (const auto line = child_.line_if_there()) {
        take(*line);
    }
    return answers_.contains(tag);
}

Answer Caller::answer(int tag) {
    while (!answers_.contains(tag)) {
        take(child_.read_line());
    }
    return answers_.extract(tag).mapped();
}

void Caller::leave() {
    child_.write_line("gone");
    child_.finish();
}

void Caller::hand_over() {
    child_.write_line("hand-over");
    if (child_.read_line() != "handed-over") {
        throw std::logic_error("the caller speaks another language");
    }
    child_.wait();
}

Answer Caller::set_process(pid_t pid, const std::string& io_class, unsigned level, Dialog dialog) {
    return call("SetProcess usu " + std::to_string(pid) + ' ' + io_class + ' ' + std::to_string(level), dialog);
}

Answer Caller::set_user(uid_t uid, const std::string& io_class, unsigned level, Dialog dialog) {
    return call("SetUser usu " + std::to_string(uid) + ' ' + io_class + ' ' + std::to_string(level), dialog);
}

Answer Caller::get(pid_t pid) {
    return call("Get u " + std::to_string(pid));
}

Agent::Agent(const std::vector<pid_t>& processes, const Command& how, const std::string& locale)
    : child_{user_of_agent(processes), agent_command(processes, how, locale)} {
    if (child_.read_line() != "ready") {
        throw std::runtime_error("the agent is not ready");
    }
}

Prompt Agent::prompt() {
    return prompt_of(child_.read_line());
}

std::string Agent::end() {
    const auto line = child_.read_line();
    if (!line.starts_with("end\t")) {
        throw std::runtime_error("the end of a dialog was expected, and there came: " + line);
    }
    return line.substr(4);
}

std::vector<Prompt> Agent::finish() {
    const auto result = child_.finish();
    std::istringstream lines{result.out};
    std::vector<Prompt> prompts;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("prompt")) {
            prompts.push_back(prompt_of(line));
        }
    }
    return prompts;
}

std::optional<pid_t> owner_of(const std::string& name) {
    sd_bus* raw = nullptr;
    check(sd_bus_open_system(&raw), "open");
    const Bus bus{raw};
    sd_bus_message* answer = nullptr;
    const int result = sd_bus_call_method(raw, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                          "GetConnectionUnixProcessID", nullptr, &answer, "s", name.c_str());
    if (result < 0) {
        return std::nullopt;
    }
    const Message message{answer};
    return std::stoi(values_of(answer).at(0));
}

std::optional<pid_t> daemon_pid() {
    return owner_of(interface);
}

}  // namespace iopriority::test
