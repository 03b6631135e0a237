// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The one loop of the one thread: GLib's, since polkit's library needs it.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <memory>

struct _GMainLoop;
struct _GSource;

namespace iopriority::service {

/// Something the loop will call. Destroying it ends that.
class [[nodiscard]] Source {
 public:
    Source() noexcept = default;
    /// Takes over one reference.
    explicit Source(_GSource* source) noexcept : source_(source) {}
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    Source(Source&& other) noexcept;
    Source& operator=(Source&& other) noexcept;
    ~Source();

 private:
    _GSource* source_ = nullptr;
};

class Loop {
 public:
    Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    Loop(Loop&&) = delete;
    Loop& operator=(Loop&&) = delete;
    ~Loop();

    /// Calls the function again and again, until the source is destroyed: in each turn of the loop one such function,
    /// one after the other, so that however much work is under way, whatever else comes waits for one piece of it.
    Source each_turn(std::function<void()> function);
    /// Calls the function once, after this time.
    Source after(std::chrono::milliseconds delay, std::function<void()> function);
    /// Calls the function once the other end of this pipe has been closed. The descriptor must stay open until then.
    Source when_closed(int fd, std::function<void()> function);
    /// Calls the function whenever the signal comes.
    Source on_signal(int signal, std::function<void()> function);

    void run();
    void quit();

 private:
    _GMainLoop* loop_;
    std::shared_ptr<std::list<_GSource*>> turns_ = std::make_shared<std::list<_GSource*>>();
};

}  // namespace iopriority::service
