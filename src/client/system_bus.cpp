// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The service behind one thread, to which the whole connection belongs: nothing of it needs a lock, and a connection
/// that is lost (the bus was restarted) ends the calls under way and not, as in sdbus-c++'s own thread, the program.
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <deque>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "client/bus.hpp"
#include "client/bus_session.hpp"
#include "client/errors.hpp"
#include "client/worker.hpp"
#include "kernel/unique_fd.hpp"

namespace iopriority::client {

namespace {

class SystemBus final : public Bus {
 public:
    explicit SystemBus(std::string host);
    SystemBus(const SystemBus&) = delete;
    SystemBus& operator=(const SystemBus&) = delete;
    SystemBus(SystemBus&&) = delete;
    SystemBus& operator=(SystemBus&&) = delete;
    ~SystemBus() override { close(); }

    void call(const Request& request, const CallSettings& settings, Completion completion) override;
    void close() override;

 private:
    struct Call {
        Request request;
        CallSettings settings;
        Completion done;
    };

    // Of the thread.
    void run();
    [[nodiscard]] BusSession& connected();
    void serve(const Call& call);
    void process();
    void wait();
    void lose(const sdbus::Error& error);

    void wake() const;
    [[nodiscard]] bool is_closed();
    [[nodiscard]] std::deque<Call> take();

    const std::string host_;
    std::mutex mutex_;
    std::deque<Call> queue_;
    bool closed_ = false;
    std::thread thread_;
    kernel::UniqueFd wake_;
    std::unique_ptr<BusSession> session_;  // of the thread
};

SystemBus::SystemBus(std::string host) : host_(std::move(host)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!wake_) {
        throw Unavailable(ErrorCode::service_unavailable,
                          "cannot make an eventfd: " + std::generic_category().message(errno));
    }
    thread_ = start_thread([this] { run(); });
}

void SystemBus::call(const Request& request, const CallSettings& settings, Completion completion) {
    {
        const std::lock_guard lock(mutex_);
        if (!closed_) {
            queue_.push_back({request, settings, std::move(completion)});
            wake();
            return;
        }
    }
    completion({}, std::make_exception_ptr(destroyed()));
}

void SystemBus::close() {
    std::thread thread;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        thread = std::move(thread_);
        wake();
    }
    if (thread.joinable()) {
        thread.join();
    }
}

void SystemBus::wake() const {
    // Cannot fail but by a full counter, and then the thread is woken already.
    static_cast<void>(::eventfd_write(wake_.get(), 1));
}

bool SystemBus::is_closed() {
    const std::lock_guard lock(mutex_);
    return closed_;
}

std::deque<SystemBus::Call> SystemBus::take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(queue_, {});
}

void SystemBus::run() {
    while (!is_closed()) {
        for (const auto& call : take()) {
            serve(call);
        }
        process();
        wait();
    }
    const auto error = std::make_exception_ptr(destroyed());
    if (session_) {
        session_->end(error);
        session_.reset();
    }
    for (const auto& call : take()) {
        call.done({}, error);
    }
}

BusSession& SystemBus::connected() {
    if (!session_) {
        session_ = std::make_unique<BusSession>(host_);
    }
    return *session_;
}

void SystemBus::serve(const Call& call) {
    auto request = call.request;
    request.elsewhere = !host_.empty();
    try {
        connected().send(request, call.settings, call.done);
    } catch (const sdbus::Error& error) {
        call.done({}, no_bus(error.getName(), error.getMessage(), host_));
    }
}

void SystemBus::process() {
    if (!session_) {
        return;
    }
    try {
        session_->process();
    } catch (const sdbus::Error& error) {
        lose(error);
    }
}

void SystemBus::wait() {
    std::array<pollfd, 2> events{{{wake_.get(), POLLIN, 0}, {-1, 0, 0}}};  // -1 is left out by poll(2)
    int timeout = -1;
    if (session_) {
        try {
            const auto data = session_->poll_data();
            events[1] = {data.fd, data.events, 0};
            timeout = data.getPollTimeout();
        } catch (const sdbus::Error& error) {
            return lose(error);
        }
    }
    static_cast<void>(::poll(events.data(), events.size(), timeout));
    eventfd_t count = 0;
    static_cast<void>(::eventfd_read(wake_.get(), &count));
}

void SystemBus::lose(const sdbus::Error& error) {
    session_->end(host_.empty() ? error_from_bus("org.freedesktop.DBus.Error.NoReply",
                                                 "the connection was lost: " + error.getMessage())
                                : no_bus("org.freedesktop.DBus.Error.NoServer", error.getMessage(), host_));
    session_.reset();
}

}  // namespace

std::shared_ptr<Bus> system_bus(const std::string& host) {
    return std::make_shared<SystemBus>(host);
}

}  // namespace iopriority::client
