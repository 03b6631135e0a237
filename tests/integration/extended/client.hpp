// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Calls of org.example.IoPriority.Extended1: what a call names, who makes it, what came back. All tests make them
/// here.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/bus.hpp"
#include "support/child.hpp"
#include "support/kernel.hpp"

namespace iopriority::test {

namespace error {
inline constexpr std::string_view foreign_pid_namespace = "org.example.IoPriority.Error.ForeignPidNamespace";
inline constexpr std::string_view failed = "org.freedesktop.DBus.Error.Failed";
}  // namespace error

/// A descriptor of this process.
class Descriptor {
 public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor() { reset(); }
    void reset();
    [[nodiscard]] int get() const { return fd_; }

 private:
    int fd_;
};

/// What a hold's descriptor tells by now: "" (nothing), "overruled" (there is a byte), "lost" (POLLHUP), or both.
[[nodiscard]] std::string told_by(const Descriptor& hold);

/// What a call names: a kind and its target, with options.
class On {
 public:
    // NOLINTNEXTLINE(google-explicit-constructor): a number alone is a process
    On(pid_t pid) : On{"process", "u " + std::to_string(pid)} {}
    /// @param target the variant: its type and its value, as extended_client.cpp has it.
    On(std::string kind, std::string target) : kind_{std::move(kind)}, target_{std::move(target)} {}

    /// With an option that is true, or false.
    [[nodiscard]] On with(const std::string& option, bool value = true) const;
    /// With an option of any type: "interactive s true".
    [[nodiscard]] On with_words(const std::string& option) const;

    [[nodiscard]] std::string target() const { return kind_ + ' ' + target_; }
    [[nodiscard]] std::string options() const;

 private:
    std::string kind_;
    std::string target_;
    std::vector<std::string> options_;
};

/// One function for each kind.
namespace on {
[[nodiscard]] On process(pid_t pid);
/// With its descendants.
[[nodiscard]] On tree(pid_t root);
[[nodiscard]] On processes(const std::vector<pid_t>& pids);
[[nodiscard]] On pidfd(pid_t pid);
[[nodiscard]] On pidfds(const std::vector<pid_t>& pids);
/// What extended_client.cpp makes of such a word: "pipe", "dead".
[[nodiscard]] On descriptor(const std::string& word);
[[nodiscard]] On group(pid_t group);
[[nodiscard]] On user(uid_t uid);
[[nodiscard]] On user(const std::string& name);
[[nodiscard]] On unit(const std::string& name);
[[nodiscard]] On user_unit(const std::string& name);
}  // namespace on

/// What a call came to. Its words are "ok PROCESSES THREADS" where it tells of both.
struct Reply : Answer {
    std::map<std::string, std::string> values;  ///< by their place: "processes", "left-alone/ended", "each/0/threads"
    std::optional<int> hold;                    ///< the number of the descriptor in the client

    [[nodiscard]] bool is_ok() const { return words.starts_with("ok"); }
    /// Empty if there is no such place.
    [[nodiscard]] std::string operator[](const std::string& place) const;
    /// The dictionary at a place: "left-alone" is {{"ended", 1}}.
    [[nodiscard]] std::map<std::string, int> counts(const std::string& place) const;
};

/// A connection of a user to Extended1 (extended_client.cpp).
class Client {
 public:
    /// @param prefix a program, such as unshare, that runs the client.
    explicit Client(const std::string& user, const Command& prefix = {});

    /// As the bus sees it.
    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] const std::string& name() const { return name_; }

    int send_set(const On& target, const std::string& priority, Dialog dialog = Dialog::forbidden);
    int send_hold(const On& target, const std::string& priority, Dialog dialog = Dialog::forbidden);
    Reply set(const On& target, const std::string& priority, Dialog dialog = Dialog::forbidden) {
        return answer(send_set(target, priority, dialog));
    }
    Reply try_hold(const On& target, const std::string& priority, Dialog dialog = Dialog::forbidden) {
        return answer(send_hold(target, priority, dialog));
    }
    /// Throws if the hold is refused. @return the number of the descriptor in the client.
    int hold(const On& target, const std::string& priority);
    int send_describe(const On& target);
    Reply describe(const On& target) { return answer(send_describe(target)); }

    /// A call in the words of extended_client.cpp.
    int send(const std::string& call, Dialog dialog = Dialog::forbidden);
    Reply answer(int tag);
    /// Whether the answer of this call has come by now.
    [[nodiscard]] bool arrived(int tag);
    Reply call(const std::string& call, Dialog dialog = Dialog::forbidden) { return answer(send(call, dialog)); }

    /// Closes one descriptor of the client.
    void close(int descriptor);
    /// The same for the last descriptor of a hold; returns when the service has ended the hold.
    void end(int hold);
    /// A copy of a descriptor of the client, in this process.
    [[nodiscard]] Descriptor copy(int descriptor) const;
    /// Leaves the bus, and keeps its descriptors.
    void leave_bus();
    Child& child() { return child_; }

 private:
    void command(const std::string& line, const std::string& reply);
    std::string take(const std::string& text);

    Child child_;
    std::string name_;
    pid_t pid_;
    int last_{0};
    std::map<int, Reply> answers_;
};

/// "SetPriority svsua{sv} ..." or "HoldPriority ...": such a call in words.
[[nodiscard]] std::string call_words(const std::string& method, const On& target, const std::string& priority);

/// "su" arguments of a priority: "best-effort 4" for "best-effort:4".
[[nodiscard]] std::string words_of(const std::string& priority);

/// The property of the interface.
[[nodiscard]] unsigned holds();
/// Waits for a number of holds.
[[nodiscard]] bool holds_become(unsigned number);

}  // namespace iopriority::test
