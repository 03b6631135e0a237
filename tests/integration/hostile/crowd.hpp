// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What floods are made of and measured with: many processes, many connections, users who call all the time, a service
/// that has nothing to do.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "hostile.hpp"

namespace iopriority::test {

/// A process of a user, first of a process group, and its children, which wait.
class Crowd {
 public:
    Crowd(const std::string& user, int processes);
    [[nodiscard]] pid_t pid() const { return first_.pid(); }

 private:
    Forked first_;
};

/// One call, to be sent very often.
struct Call {
    std::string name;  ///< for people
    const char* interface;
    const char* member;
    std::function<void(sd_bus_message*)> fill;
};
/// Every method and what else the service answers, about this user's processes.
[[nodiscard]] std::vector<Call> all_calls(uid_t user, pid_t first_process);
[[nodiscard]] Call call_named(const std::string& name, uid_t user, pid_t first_process);
[[nodiscard]] Message new_call(sd_bus* bus, const Call& call, bool reply);

struct Manner {
    bool replies = true;
    int connections = 1;
};

/// Sends the call as fast as the bus takes it, until it is destroyed.
class Flooder {
 public:
    Flooder(const std::string& user, const Call& call, Manner manner);
    [[nodiscard]] bool goes_on() const { return is_alive(process_.pid()); }

 private:
    Forked process_;
};

/// Owns a name on the bus, that everybody may send to, and does nothing but answer Ping.
class IdleService {
 public:
    static constexpr const char* name = "org.example.Idle";
    IdleService();

 private:
    Forked process_;
};

/// How long answers took.
struct Times {
    std::vector<double> milliseconds{};
    [[nodiscard]] double percentile(double part) const;
};
struct Measured {
    Times ping;  ///< of the idle service
    Times get;
    Times set;
    int failures = 0;
};

/// A user who calls the idle service and ours by turns, about his own process.
class Prober {
 public:
    Prober(const std::string& user, std::chrono::milliseconds time);
    Prober(const Prober&) = delete;
    Prober& operator=(const Prober&) = delete;
    Prober(Prober&&) = delete;
    Prober& operator=(Prober&&) = delete;
    ~Prober();
    [[nodiscard]] pid_t pid() const { return process_.pid(); }
    [[nodiscard]] bool done() const { return !is_alive(pid()); }
    [[nodiscard]] Measured result() const;

 private:
    int record_;
    Forked process_;
};

/// Appends users to the user database: the bus lets only those connect that have a name.
[[nodiscard]] std::vector<std::string> make_users(int number);

}  // namespace iopriority::test
