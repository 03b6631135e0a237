// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "operations.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

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

pid_t pid_of(const std::string& word) {
    const int pid = std::stoi(word);
    return pid == 0 ? getpid() : pid;
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

/// Now this, now that, so that each call has something to change where its caller could not set it back.
std::function<void()> set_in_turn(pid_t pid) {
    return [pid, odd = false]() mutable {
        odd = !odd;
        odd ? bus().set_process(pid, "idle", 0) : bus().set_process(pid, "best-effort", 4);
    };
}

using Function = std::function<void()>;
const Function nothing = [] {};

Function all_threads(pid_t pid, int value) {
    return [=] { set_listed(pid, value); };
}

Function whole_group(pid_t pid, int value) {
    return [=] { set_group(pid, value); };
}

/// What is changed and of which process, as prepared and as run.
struct Steps {
    Function prepare;
    Function run;
};

// NOLINTBEGIN(readability-identifier-length): a table
using W = const Words&;
const std::map<std::string, Steps (*)(W)> kinds{
    {"ping",
     [](W) {
         return Steps{nothing, [] { bus().ping(); }};
     }},
    {"quiet-ping",
     [](W) {
         return Steps{[] { bus().ping(); }, [] { bus().ping(); }};
     }},
    {"connect",
     [](W) {
         return Steps{nothing, [] { const Bus stranger; }};
     }},
    {"get",
     [](W w) {
         return Steps{nothing, [pid = pid_of(w.at(1))] { bus().get_priority(pid); }};
     }},
    {"set",
     [](W w) {
         const pid_t pid = pid_of(w.at(1));
         return Steps{all_threads(pid, w.at(2) == "none" ? value_idle : value_none),
                      [=, words = w] { bus().set_process(pid, words.at(2), number(words.at(3))); }};
     }},
    {"again",
     [](W w) {
         const pid_t pid = pid_of(w.at(1));
         return Steps{all_threads(pid, value_idle), [=] { bus().set_process(pid, "idle", 0); }};
     }},
    {"turn",
     [](W w) {
         return Steps{nothing, set_in_turn(pid_of(w.at(1)))};
     }},
    {"set-group",
     [](W w) {
         const pid_t pid = pid_of(w.at(1));
         return Steps{whole_group(pid, value_none), [=] { set_priority("group", one(pid)); }};
     }},
    {"set-tree",
     [](W w) {
         const pid_t pid = pid_of(w.at(1));
         return Steps{whole_group(pid, value_none), [=] { set_priority("process", one(pid), true); }};
     }},
    {"set-children",
     [](W w) {
         const pid_t pid = pid_of(w.at(1));
         return Steps{whole_group(pid, value_none), [list = children_of(pid)] { set_priority("processes", list); }};
     }},
    {"set-unit",
     [](W w) {
         const auto unit = [name = w.at(2)](sd_bus_message* message) {
             return sd_bus_message_append(message, "v", "s", name.c_str());
         };
         return Steps{whole_group(pid_of(w.at(1)), value_none), [=] { set_priority("unit", unit); }};
     }},
    {"group",
     [](W w) {
         const pid_t pid = pid_of(w.at(1));
         return Steps{whole_group(pid, value_none), whole_group(pid, value_idle)};
     }},
    {"set-user",
     [](W w) {
         const auto uid = number(w.at(1));
         return Steps{[=] { set_user(uid, value_none); }, [=] { set_user_by_service(uid); }};
     }},
    {"user",
     [](W w) {
         const auto uid = number(w.at(1));
         return Steps{[=] { set_user(uid, value_none); }, [=] { set_user(uid, value_idle); }};
     }},
    {"check",
     [](W w) {
         return Steps{nothing, [action = w.at(1)] { check_authorization(bus(), bus(), action); }};
     }},
    {"mechanism-check",
     [](W w) {
         return Steps{nothing, [action = w.at(1)] { check_authorization(mechanism(), bus(), action); }};
     }},
    {"rtkit",
     [](W w) {
         return Steps{nothing, [tid = static_cast<std::uint64_t>(pid_of(w.at(1)))] { rtkit(bus(), tid); }};
     }},
    {"kde",
     [](W w) {
         const pid_t pid = pid_of(w.at(1));
         return Steps{all_threads(pid, value_none),
                      [=, words = w] { kde(bus(), pid, number(words.at(2)), number(words.at(3))); }};
     }},
    {"library",
     [](W w) {
         const pid_t pid = pid_of(w.at(1));
         return Steps{all_threads(pid, value_none), [=] { library(pid); }};
     }},
    {"verified",
     [](W w) {
         const pid_t pid = pid_of(w.at(1));
         return Steps{all_threads(pid, value_none),
                      [=, passes = number(w.at(2))] { set_verified(pid, value_idle, passes); }};
     }},
    {"listing",
     [](W w) {
         const pid_t pid = pid_of(w.at(1));
         return Steps{all_threads(pid, value_none), all_threads(pid, value_idle)};
     }},
    {"syscall",
     [](W w) {
         const pid_t pid = pid_of(w.at(1));
         return Steps{all_threads(pid, value_none), [=] { set_thread(pid, value_idle); }};
     }},
    {"start",
     [](W w) {
         return Steps{[name = w.at(1)] { stop(bus(), name); }, [name = w.at(1)] { first_call(bus(), name); }};
     }},
    {"start-unit",
     [](W w) {
         return Steps{[unit = w.at(2)] {
                          run_program({"systemctl", "stop", unit});
                      },
                      [name = w.at(1)] { first_call(bus(), name); }};
     }},
};
// NOLINTEND(readability-identifier-length)

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
    const auto rest = named ? text.substr(equals + 1) : text;
    const auto words = split(rest, ':');
    const auto& kind = words.front();
    const auto name = named ? text.substr(0, equals) : kind;
    if (kind == "run") {  // colons may stand in its words
        const auto command = split(rest.substr(rest.find(':', rest.find(':') + 1) + 1), ',');
        return {name, all_threads(pid_of(words.at(1)), value_none), [command] { run_program(command); }};
    }
    const auto found = kinds.find(kind);
    if (found == kinds.end()) {
        throw std::runtime_error("no such operation: " + kind);
    }
    auto steps = found->second(words);
    return {name, steps.prepare, steps.run};
}

}  // namespace iopriority::bench
