// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "operations.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cctype>
#include <fstream>
#include <iopriority/client.hpp>

#include "bus.hpp"
#include "peers.hpp"
#include "threads.hpp"

namespace iopriority::bench {

namespace {

/// All operations of a process share one connection.
Bus& bus() {
    static Bus connection;
    return connection;
}

/// A second connection, of the service's user: a mechanism asks polkit about others. It is opened by as_user().
Bus& mechanism() {
    static Bus connection;
    return connection;
}

unsigned number(const std::string& word) {
    return static_cast<unsigned>(std::stoul(word));
}

/// SetPriority of Extended1, idle; append adds the target's value.
void set_priority(const char* kind, const std::function<int(sd_bus_message*)>& append, bool descendants = false) {
    const auto message = bus().new_call(our_name, our_path, our_extended, "SetPriority");
    checked(sd_bus_message_append(message.get(), "s", kind), "append");
    checked(append(message.get()), "append");
    checked(sd_bus_message_append(message.get(), "su", "idle", 0U), "append");
    checked(descendants ? sd_bus_message_append(message.get(), "a{sv}", 1, "descendants", "b", 1)
                        : sd_bus_message_append(message.get(), "a{sv}", 0),
            "append");
    bus().call(message);
}

std::function<int(sd_bus_message*)> one(pid_t pid) {
    return
        [pid](sd_bus_message* message) { return sd_bus_message_append(message, "v", "u", static_cast<unsigned>(pid)); };
}

std::function<int(sd_bus_message*)> children_of(pid_t pid) {
    const auto text = std::to_string(pid);
    std::ifstream file("/proc/" + text + "/task/" + text + "/children");
    std::vector<std::uint32_t> children;
    for (std::uint32_t child = 0; file >> child;) {
        children.push_back(child);
    }
    return [children](sd_bus_message* message) {
        checked(sd_bus_message_open_container(message, 'v', "au"), "open");
        checked(sd_bus_message_append_array(message, 'u', children.data(), children.size() * sizeof(std::uint32_t)),
                "append");
        return sd_bus_message_close_container(message);
    };
}

void set_user_by_service(unsigned uid) {
    const auto message = bus().new_call(our_name, our_path, our_name, "SetUser");
    checked(sd_bus_message_append(message.get(), "usu", uid, "idle", 0U), "append");
    bus().call(message);
}

void library(pid_t pid) {
    static Client client;
    client.set_process(pid, Priority::idle());
}

/// What an operation is of: the words, with the number in the second, where 0 is this process.
struct Of {
    pid_t id;
    Words words;
};

struct Steps {
    void (*prepare)(const Of& of);  ///< not timed
    void (*run)(const Of& of);
};

void nothing(const Of& /*of*/) {}
void unset(const Of& of) {
    set_listed(of.id, value_none);
}
void idle(const Of& of) {
    set_listed(of.id, value_idle);
}
void unset_group(const Of& of) {
    set_group(of.id, value_none);
}
void unset_user(const Of& of) {
    set_user(static_cast<uid_t>(of.id), value_none);
}

void set(const Of& of) {
    bus().set_process(of.id, of.words.at(2), number(of.words.at(3)));
}

/// Now this, now that, so that each call has something to change where its caller could not set it back.
void set_in_turn(const Of& of) {
    static bool odd = false;
    odd = !odd;
    odd ? bus().set_process(of.id, "idle", 0) : bus().set_process(of.id, "best-effort", 4);
}

void set_children(const Of& of) {
    static const auto list = children_of(of.id);
    set_priority("processes", list);
}

void set_unit(const Of& of) {
    set_priority("unit", [&of](sd_bus_message* message) {
        return sd_bus_message_append(message, "v", "s", of.words.at(2).c_str());
    });
}

const std::map<std::string, Steps> kinds{
    {"ping", {nothing, [](const Of&) { bus().ping(); }}},
    {"quiet-ping", {[](const Of&) { bus().ping(); }, [](const Of&) { bus().ping(); }}},
    {"connect", {nothing, [](const Of&) { const Bus stranger; }}},
    {"get", {nothing, [](const Of& of) { bus().get_priority(of.id); }}},
    {"set", {[](const Of& of) { of.words.at(2) == "none" ? idle(of) : unset(of); }, set}},
    {"again", {idle, [](const Of& of) { bus().set_process(of.id, "idle", 0); }}},
    {"turn", {nothing, set_in_turn}},
    {"set-user", {unset_user, [](const Of& of) { set_user_by_service(static_cast<uid_t>(of.id)); }}},
    {"set-group", {unset_group, [](const Of& of) { set_priority("group", one(of.id)); }}},
    {"set-tree", {unset_group, [](const Of& of) { set_priority("process", one(of.id), true); }}},
    {"set-children", {unset_group, set_children}},
    {"set-unit", {unset_group, set_unit}},
    {"check", {nothing, [](const Of& of) { check_authorization(bus(), bus(), of.words.at(1)); }}},
    {"mechanism-check", {nothing, [](const Of& of) { check_authorization(mechanism(), bus(), of.words.at(1)); }}},
    {"rtkit", {nothing, [](const Of& of) { rtkit(bus(), static_cast<std::uint64_t>(of.id)); }}},
    {"kde", {unset, [](const Of& of) { kde(bus(), of.id, number(of.words.at(2)), number(of.words.at(3))); }}},
    {"library", {unset, [](const Of& of) { library(of.id); }}},
    {"verified", {unset, [](const Of& of) { set_verified(of.id, value_idle, number(of.words.at(2))); }}},
    {"listing", {unset, idle}},
    {"syscall", {unset, [](const Of& of) { set_thread(of.id, value_idle); }}},
    {"group", {unset_group, [](const Of& of) { set_group(of.id, value_idle); }}},
    {"user", {unset_user, [](const Of& of) { set_user(static_cast<uid_t>(of.id), value_idle); }}},
    {"run", {unset, [](const Of& of) { run_program(split(of.words.at(2), ',')); }}},
    {"start",
     {[](const Of& of) { stop(bus(), of.words.at(1)); }, [](const Of& of) { first_call(bus(), of.words.at(1)); }}},
    {"start-unit",
     {[](const Of& of) {
          run_program({"systemctl", "stop", of.words.at(2)});
      },
      [](const Of& of) { first_call(bus(), of.words.at(1)); }}},
};

/// The number that stands second, if one does.
pid_t id_of(const Words& words) {
    const bool numbered =
        words.size() > 1 && !words[1].empty() && std::isdigit(static_cast<unsigned char>(words[1][0])) != 0;
    const pid_t id = numbered ? std::stoi(words[1]) : 0;
    return id == 0 ? getpid() : id;
}

passwd* account(const std::string& name) {
    passwd* found = getpwnam(name.c_str());
    check(found != nullptr, "no user " + name);
    return found;
}

}  // namespace

void as_user(const std::string& name) {
    check(seteuid(account("iopriority")->pw_uid) == 0, "seteuid");
    mechanism();
    check(seteuid(0) == 0, "seteuid");
    const passwd* user = account(name);
    check(initgroups(name.c_str(), user->pw_gid) == 0 && setgid(user->pw_gid) == 0 && setuid(user->pw_uid) == 0,
          "setuid");
    check(prctl(PR_SET_DUMPABLE, 1) == 0, "prctl");  // as any program that this user started
}

Operation operation(const std::string& text) {
    // "NAME=" before it: what its samples are called.
    const auto equals = text.find('=');
    const bool named = equals != std::string::npos && equals < text.find(':');
    auto words = split(named ? text.substr(equals + 1) : text, ':');
    if (words.front() == "run") {  // colons may stand in its words
        words = {words[0], words.at(1), text.substr(text.find(':', text.find(':') + 1) + 1)};
    }
    const auto steps = kinds.find(words.front());
    if (steps == kinds.end()) {
        throw std::runtime_error("no such operation: " + words.front());
    }
    const Of of{id_of(words), words};
    return {named ? text.substr(0, equals) : words.front(), [of, prepare = steps->second.prepare] { prepare(of); },
            [of, run = steps->second.run] { run(of); }};
}

}  // namespace iopriority::bench
