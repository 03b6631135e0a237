// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The service behind one thread, to which the whole connection belongs: nothing of it needs a lock, and a connection
/// that is lost (the bus was restarted) ends the calls under way and not, as in sdbus-c++'s own thread, the program.
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "bus/names.hpp"
#include "bus/sdbus_compat.hpp"
#include "client/bus_calls.hpp"
#include "client/bus_module.hpp"
#include "client/errors.hpp"
#include "client/members.hpp"
#include "client/worker.hpp"
#include "process/unique_fd.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::client {

namespace {

/// One connection to the system bus, with the calls that wait on it. For one thread alone.
class Session : public NotCopyable {
 public:
    /// Connects.
    /// @param host of another machine, over ssh; empty: this one
    /// @throws sdbus::Error
    explicit Session(const std::string& host = {});

    /// Sends a request; what goes wrong with it goes to its completion.
    void send(const CallRequest& request, const CallSettings& settings, Completion done);

    /// Handles what has arrived, without waiting.
    /// @throws sdbus::Error when the connection is lost.
    void process();

    /// What to wait for before process() has something to do.
    /// @throws sdbus::Error when the connection is lost.
    [[nodiscard]] sdbus::IConnection::PollData poll_data() const { return connection_->getEventLoopPollData(); }

    /// Ends all calls that wait with an error. The session is not to be used any more.
    void end(const std::exception_ptr& error);

 private:
    void receive(std::uint64_t call, const Sent& sent, sdbus::MethodReply& message, const sdbus::Error* error);

    /// The processes are another machine's: no descriptor of this one is to be taken for their numbers.
    const bool elsewhere_;
    std::map<std::uint64_t, Completion> waiting_;
    std::uint64_t last_call_ = 0;
    std::unique_ptr<sdbus::IConnection> connection_;
    std::unique_ptr<sdbus::IProxy> proxy_;
};

std::uint64_t microseconds(const CallSettings& settings) {
    return settings.timeout == CallSettings::without_end ? std::numeric_limits<std::uint64_t>::max()
                                                         : static_cast<std::uint64_t>(settings.timeout.count());
}

Session::Session(const std::string& host)
    : elsewhere_(!host.empty()),
      connection_(host.empty() ? sdbus::createSystemBusConnection() : sdbus::createRemoteSystemBusConnection(host)),
      proxy_(sdbus::createProxy(*connection_, bus::ServiceName{bus::service_name}, bus::ObjectPath{bus::object_path})) {
}

void Session::send(const CallRequest& request, const CallSettings& settings, Completion done) {
    const auto call = ++last_call_;
    waiting_.emplace(call, std::move(done));
    try {
        const auto sent = elsewhere_ ? Sent{request, request.target, {}, {}} : by_pidfds(request, poll_data().fd);
        auto message = make_call(*proxy_, request, sent.named);
        if (settings.interactive) {
            bus::allow_interaction(message);
        }
        bus::call_async(
            *proxy_, message,
            [this, call, sent](sdbus::MethodReply& reply, const sdbus::Error* error) {
                receive(call, sent, reply, error);
            },
            microseconds(settings));
    } catch (const sdbus::Error& error) {
        waiting_.extract(call).mapped()({}, error_from_bus(error.getName(), error.getMessage()));
    } catch (const Error&) {
        waiting_.extract(call).mapped()({}, std::current_exception());
    }
}

void Session::receive(std::uint64_t call, const Sent& sent, sdbus::MethodReply& message, const sdbus::Error* error) {
    const auto waiting = waiting_.extract(call);
    if (waiting.empty()) {
        return;
    }
    if (error != nullptr) {
        return waiting.mapped()({}, error_from_bus(error->getName(), error->getMessage()));
    }
    Reply reply;
    try {
        reply = read_reply(sent.request, message);
    } catch (const std::exception& nonsense) {
        return waiting.mapped()(
            {}, error_of({ErrorCode::failed, std::string("the service org.example.IoPriority sent an "
                                                         "unexpected reply (") +
                                                 nonsense.what() + "): is another version of it installed?"}));
    }
    complete(sent, reply);
    waiting.mapped()(reply, nullptr);
}

// While a connection ends, each pass ends one call that waits, and may say that nothing has come. Until it has ended,
// no call can be sent, and there is nothing to wait for.
void Session::process() {
    while (bus::process_pending(*connection_) || poll_data().getPollTimeout() == 0) {
    }
}

void Session::end(const std::exception_ptr& error) {
    proxy_.reset();
    for (const auto& [call, done] : std::exchange(waiting_, {})) {
        done({}, error);
    }
}

class BusBackend final : public ServiceBackend {
 public:
    explicit BusBackend(std::string host);
    ~BusBackend() override { close(); }

    void call(const CallRequest& request, const CallSettings& settings, Completion completion) override;
    void close() override;

 private:
    struct Call {
        CallRequest request;
        CallSettings settings;
        Completion done;
    };

    // Of the thread.
    void run();
    void serve(const Call& call);
    void process();
    void wait();
    void lose(const sdbus::Error& error);

    void wake() const;
    [[nodiscard]] bool is_closed();
    [[nodiscard]] std::deque<Call> take();

    const std::string host_;
    const pid_t process_ = ::getpid();
    std::mutex mutex_;
    std::deque<Call> queue_;
    bool closed_ = false;
    std::thread thread_;
    process::UniqueFd wake_;
    std::unique_ptr<Session> session_;  // of the thread
};

BusBackend::BusBackend(std::string host) : host_(std::move(host)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!wake_) {
        throw_failure({ErrorCode::failed, "cannot make an eventfd: " + std::generic_category().message(errno)});
    }
    thread_ = start_thread([this] { run(); });
}

void BusBackend::call(const CallRequest& request, const CallSettings& settings, Completion completion) {
    if (::getpid() != process_) {
        return completion({}, std::make_exception_ptr(of_a_parent(process_)));
    }
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

void BusBackend::close() {
    if (::getpid() != process_) {  // a child of fork has no such thread; and a lock may have been another one's
        return thread_.joinable() ? thread_.detach() : void();
    }
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

void BusBackend::wake() const {
    // Fails only if the counter is full, and then the thread has been woken already.
    static_cast<void>(::eventfd_write(wake_.get(), 1));
}

bool BusBackend::is_closed() {
    const std::lock_guard lock(mutex_);
    return closed_;
}

std::deque<BusBackend::Call> BusBackend::take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(queue_, {});
}

void BusBackend::run() {
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

void BusBackend::serve(const Call& call) {
    try {
        if (!session_) {
            session_ = std::make_unique<Session>(host_);
        }
        session_->send(call.request, call.settings, call.done);
    } catch (const sdbus::Error& error) {
        call.done({}, no_bus(error.getName(), error.getMessage(), host_));
    }
}

void BusBackend::process() {
    if (!session_) {
        return;
    }
    try {
        session_->process();
    } catch (const sdbus::Error& error) {
        lose(error);
    }
}

void BusBackend::wait() {
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

void BusBackend::lose(const sdbus::Error& error) {
    session_->end(host_.empty() ? error_from_bus("org.freedesktop.DBus.Error.NoReply",
                                                 "the connection was lost: " + error.getMessage())
                                : no_bus("org.freedesktop.DBus.Error.NoServer", error.getMessage(), host_));
    session_.reset();
}

}  // namespace

}  // namespace iopriority::client

iopriority::client::ServiceBackend* iopriority_bus_backend(const char* host) {
    return std::make_unique<iopriority::client::BusBackend>(host).release();
}
