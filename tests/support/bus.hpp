// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Callers of the service: users on the bus, with or without somebody at the password dialog.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "child.hpp"

namespace iopriority::test {

inline constexpr const char* interface = "org.example.IoPriority";
inline constexpr const char* object_path = "/org/example/IoPriority";
inline constexpr const char* set_realtime = "org.example.IoPriority.set-realtime";
inline constexpr const char* set_other_users = "org.example.IoPriority.set-other-users";
inline constexpr const char* set_other_users_realtime = "org.example.IoPriority.set-other-users-realtime";

/// Error names, as the contract has them.
namespace error {
inline constexpr std::string_view invalid_args = "org.freedesktop.DBus.Error.InvalidArgs";
inline constexpr std::string_view access_denied = "org.freedesktop.DBus.Error.AccessDenied";
inline constexpr std::string_view interaction_required = "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired";
inline constexpr std::string_view limits_exceeded = "org.freedesktop.DBus.Error.LimitsExceeded";
inline constexpr std::string_view unknown_method = "org.freedesktop.DBus.Error.UnknownMethod";
inline constexpr std::string_view no_such_process = "org.example.IoPriority.Error.NoSuchProcess";
inline constexpr std::string_view partially_applied = "org.example.IoPriority.Error.PartiallyApplied";
inline constexpr std::string_view dismissed = "org.example.IoPriority.Error.Dismissed";
inline constexpr std::string_view authority_unavailable = "org.example.IoPriority.Error.AuthorityUnavailable";
}  // namespace error

/// One answer, as text: "ok 5", "ok best-effort 4", or the error's name alone; the text of an error is apart.
struct Answer {
    std::string words;
    std::string text;

    friend bool operator==(const Answer& answer, std::string_view words) { return answer.words == words; }
    friend std::ostream& operator<<(std::ostream& stream, const Answer& answer);
};

enum class Dialog { forbidden, allowed };
/// Whether the bus may start the service for a call.
enum class Start { allowed, not_for_this };

/// A connection of a user to the bus (tests/support/caller.cpp). Calls may overlap.
class Caller {
 public:
    explicit Caller(const std::string& user);

    [[nodiscard]] pid_t pid() const { return child_.pid(); }
    [[nodiscard]] const std::string& name() const { return name_; }

    /// Sends a call; its answer is fetched with answer(). call: `MEMBER [SIGNATURE ARGUMENT...]` of the service's own
    /// interface, or `INTERFACE MEMBER ...` of another.
    int send(const std::string& call, Dialog dialog = Dialog::forbidden, Start start = Start::allowed);
    Answer answer(int tag);
    Answer call(const std::string& call, Dialog dialog = Dialog::forbidden, Start start = Start::allowed) {
        return answer(send(call, dialog, start));
    }
    /// Whether the answer of this call has come by now; answer() fetches it then without waiting.
    [[nodiscard]] bool arrived(int tag);
    /// Leaves the bus with every call pending.
    void leave();
    /// Its process ends and is waited for, so that its number is free; a child of it goes on with the connection.
    void hand_over();
    Child& child() { return child_; }

    Answer set_process(pid_t pid, const std::string& io_class, unsigned level, Dialog dialog = Dialog::forbidden);
    Answer set_user(uid_t uid, const std::string& io_class, unsigned level, Dialog dialog = Dialog::forbidden);
    Answer get(pid_t pid);

 private:
    void take(const std::string& line);

    Child child_;
    std::string name_;
    int last_{0};
    std::map<int, Answer> answers_;
};

/// What one prompt showed.
struct Prompt {
    std::string action;
    std::string message;
    std::map<std::string, std::string> details;
};

/// Somebody at the password dialog (tests/support/agent.cpp), for one or several processes. how: {"--password", "x"},
/// {"--cancel"}, {"--hold"}.
class Agent {
 public:
    /// @param locale in which the person is asked
    Agent(const std::vector<pid_t>& processes, const Command& how, const std::string& locale = "C.UTF-8");

    /// Waits for the next prompt.
    Prompt prompt();
    /// Waits for the end of a dialog: "authorized", "denied", "cancelled", "withdrawn".
    std::string end();
    void cancel() { child_.write_line("cancel"); }
    void type(const std::string& password) { child_.write_line("password " + password); }
    /// Ends the agent: the prompts that were not fetched.
    std::vector<Prompt> finish();

 private:
    Child child_;
};

/// Owner of the service's name: its process id, or nothing.
[[nodiscard]] std::optional<pid_t> daemon_pid();
/// The process that owns a name on the bus.
[[nodiscard]] std::optional<pid_t> owner_of(const std::string& name);

}  // namespace iopriority::test
