// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The main loop of the only thread: GLib's, because polkit's library needs it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "values/not_copyable.hpp"

struct _GMainLoop;
struct _GSource;

namespace iopriority::service {

/// A function that the loop will call. Destroying the source removes it.
class [[nodiscard]] Source {
 public:
    Source() noexcept = default;
    /// Takes over one reference.
    explicit Source(_GSource* source) noexcept : source_(source) {}
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    Source(Source&& other) noexcept : source_(std::exchange(other.source_, nullptr)) {}
    Source& operator=(Source&& other) noexcept {
        if (this != &other) {
            const Source old(std::exchange(source_, std::exchange(other.source_, nullptr)));
        }
        return *this;
    }
    ~Source();
    [[nodiscard]] explicit operator bool() const noexcept { return source_ != nullptr; }

 private:
    _GSource* source_ = nullptr;
};

class Loop : public NotCopyable {
 public:
    Loop();
    ~Loop();

    /// Calls the function repeatedly, until the source is destroyed. Each turn of the loop calls one such function, so
    /// that anything else waits for one piece of work at most, however much is under way. Owners take turns, and so do
    /// the functions of one owner: nobody gets more turns by having more work.
    Source each_turn(std::uint64_t owner, std::function<void()> function);
    /// Turns are taken only while this is true. (Empty: always.) Whoever makes it true wakes the loop if
    /// turns_are_held_up().
    void take_turns_while(std::function<bool()> condition);
    [[nodiscard]] bool turns_wait() const;
    [[nodiscard]] bool turns_are_held_up() const;
    /// Takes one now, if one may be taken, for a source that knows that the loop has nothing to do before.
    void take_turn();
    /// Calls the function once, after this time.
    Source after(std::chrono::milliseconds delay, std::function<void()> function);
    /// Calls the function once the other end of this pipe has been closed. The descriptor must stay open until then.
    Source when_closed(int fd, std::function<void()> function);
    /// Calls the function once, in the loop's thread. This is the only function here that any thread may call.
    static void from_any_thread(std::function<void()> function);

    void run();
    void quit();

 private:
    _GMainLoop* loop_;
    struct Turns;
    std::shared_ptr<Turns> turns_;
};

}  // namespace iopriority::service
