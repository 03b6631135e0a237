// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Programs that a test runs, as a user of its choice.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace iopriority::test {

using Command = std::vector<std::string>;

/// What a program left behind.
struct Result {
    int status{};  ///< its exit status, or 128 + the signal that ended it
    std::string out;
    std::string err;
};

/// The machine is emulated (tests/system/old_kernel_test says so): many times slower, and not evenly.
[[nodiscard]] bool is_emulated() noexcept;

/// Longest wait for anything: much longer than anything takes, so that its end always means a failure.
inline const std::chrono::seconds patience{is_emulated() ? 600 : 60};
/// The same in the unit that sd-bus counts in.
inline const std::uint64_t patience_usec = static_cast<std::uint64_t>(std::chrono::microseconds{patience}.count());

/// A program under way. Killed and waited for by the destructor.
class Child {
 public:
    /// Whether it runs at once, or waits for release() just before its first instruction: its process id is known,
    /// and stays, so that an agent can be registered for it.
    enum class Start { at_once, held };

    /// What its standard input and output are; a terminal shows what is typed, and ends lines as terminals do.
    enum class Talk { by_pipe, at_terminal };

    Child(const std::string& user, const Command& command, Start start = Start::at_once, Talk talk = Talk::by_pipe);
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    Child(Child&& other) noexcept;
    Child& operator=(Child&&) = delete;
    ~Child();

    [[nodiscard]] pid_t pid() const { return pid_; }
    void release();
    void write_line(std::string_view line) const;
    void close_input();
    /// The next line of its standard output. Throws at its end, or if it does not come.
    std::string read_line(std::chrono::milliseconds timeout = patience);
    /// The next line, if it has come by now.
    std::optional<std::string> line_if_there();
    /// All of its standard output up to this text, which it takes away. Throws as read_line.
    std::string read_until(std::string_view text, std::chrono::milliseconds timeout = patience);
    /// Of a terminal: whether it shows what is typed.
    [[nodiscard]] bool echoes() const;
    /// Writes without an end of the line, as a key that is pressed.
    void press(char key) const;
    void signal(int number) const;
    /// Waits for its end, while others may still have its input and output.
    void wait(std::chrono::milliseconds timeout = patience) { reap(std::chrono::steady_clock::now() + timeout); }
    /// Closes its input, reads the rest of its output, waits for its end.
    Result finish(std::chrono::milliseconds timeout = patience);

 private:
    std::optional<std::string> take_line();
    bool output_waits() const;
    bool pump(std::chrono::steady_clock::time_point end);
    void reap(std::chrono::steady_clock::time_point end);

    pid_t pid_{-1};
    int pidfd_{-1};
    int gate_{-1};
    int in_{-1};
    int out_{-1};
    int err_{-1};
    bool reaped_{false};
    Result result_;
};

/// Runs a program to its end. user: a name, or a number without a passwd entry.
Result run(const std::string& user, const Command& command, std::chrono::milliseconds timeout = patience);

[[nodiscard]] uid_t uid_of(const std::string& user);

/// Waits, without a guess at how long, for a condition that announces itself in no other way.
template <typename Condition>
bool eventually(Condition condition, std::chrono::milliseconds timeout = patience);

/// Ends when the process has ended (a zombie has), false if it does not in time.
[[nodiscard]] bool wait_for_end(pid_t pid, std::chrono::milliseconds timeout = patience);

// -- inline
// --------------------------------------------------------------------------------------------------------------

void pause_between_looks();

template <typename Condition>
bool eventually(Condition condition, std::chrono::milliseconds timeout) {
    const auto end = std::chrono::steady_clock::now() + timeout;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        pause_between_looks();
    }
    return true;
}

}  // namespace iopriority::test
