// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Sets and reads I/O priorities: by system call if the kernel permits it, otherwise through the service.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <iopriority/details.hpp>
#include <iopriority/error.hpp>
#include <iopriority/export.hpp>
#include <iopriority/hold.hpp>
#include <iopriority/priority.hpp>
#include <iopriority/target.hpp>

namespace iopriority {

/// Who does the work.
enum class Route : std::uint8_t {
    kernel_first,  ///< the caller itself by system call; the service if the kernel answers EPERM
    kernel_only,   ///< the caller itself, never the bus
    service_only,  ///< the service, always
};

/// How one call is made.
struct CallOptions {
    Route route = Route::kernel_first;  ///< who does the work
    /// polkit may ask a person: the call then waits as long as the dialog stays open, unless timeout says otherwise.
    bool interactive = false;
    /// Zero: 30 s, or no limit if interactive; negative: the call throws InvalidArgument. Connecting comes before, and
    /// is not limited by it: for another machine, ssh decides how long that may take (ConnectTimeout in ssh_config(5));
    /// a Client that is destroyed waits for it.
    std::chrono::milliseconds timeout{0};
};

/// Called once, on the one thread that a Client has for callbacks: with the value and a null error, or with the error
/// alone. An empty one is refused (InvalidArgument). It may start other calls, wait in a blocking one, and destroy the
/// Client. It must not wait for another callback or for a future of the same Client. An exception that it throws is
/// dropped: nobody could handle it.
template <typename T>
using Callback = std::function<void(T value, std::exception_ptr error)>;

/// Access to the kernel and, connected when first needed, to the service on the system bus.
///
/// All forms deliver the exceptions of error.hpp. What is wrong with an argument alone is thrown at once by every form;
/// what the kernel or the service finds comes with the reply. A Client may be used from several threads. It costs
/// nothing before it is used, opens no connection while the kernel suffices, and starts no thread while only blocking
/// forms are used and the kernel suffices.
///
/// Destroying it (or move-assigning to it) ends pending calls: their callbacks and futures get Unavailable before the
/// destruction is complete, and calls that are started meanwhile throw it. If one of its callbacks destroys it, the
/// other callbacks are called after that one has returned. A moved-from Client can only be destroyed or assigned to. A
/// single call cannot be cancelled: give it a timeout.
///
/// A child of fork(2) makes a Client of its own: calls of its parent's that need the service throw Unavailable there.
class IOPRIORITY_API Client {
 public:
    Client();
    /// A Client of the service on another machine: its system bus over ssh, with systemd-stdio-bridge on the other
    /// side, like systemctl --host. This machine's kernel is not used: Route::kernel_only is refused. 0 does not mean
    /// the caller there, and what needs descriptors (hold, Target::pidfd) is not available.
    /// @param host "HOST" or "USER@HOST", also with ":PORT", as ssh(1) accepts it
    /// @throws InvalidArgument if it is empty or begins with "-".
    [[nodiscard]] static Client on_host(const std::string& host);
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    /// A moved-from Client can only be destroyed or assigned to; one that is assigned to ends its pending calls.
    ///@{
    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;
    ///@}
    ~Client();

    /// Sets the I/O priority of every thread of a process, also of those that start meanwhile.
    /// @param pid 0 is the calling process.
    /// @throws InvalidArgument if the number is negative.
    ///@{
    Changed set_process(pid_t pid, Priority priority, const CallOptions& options = {});
    void set_process(pid_t pid, Priority priority, const CallOptions& options, Callback<Changed> callback);
    [[nodiscard]] std::future<Changed> set_process_async(pid_t pid, Priority priority, const CallOptions& options = {});
    ///@}

    /// Sets the I/O priority of every thread whose real uid is uid, now.
    /// @param uid 0 is root.
    /// @throws InvalidArgument for the kernel's "no user", 4294967295.
    ///@{
    Changed set_user(uid_t uid, Priority priority, const CallOptions& options = {});
    void set_user(uid_t uid, Priority priority, const CallOptions& options, Callback<Changed> callback);
    [[nodiscard]] std::future<Changed> set_user_async(uid_t uid, Priority priority, const CallOptions& options = {});
    ///@}

    /// What is set on a process: the highest of its threads' priorities, in the kernel's order.
    /// @param pid 0 is the calling process.
    /// @throws InvalidArgument if the number is negative.
    ///@{
    [[nodiscard]] Priority get(pid_t pid, const CallOptions& options = {});
    void get(pid_t pid, const CallOptions& options, Callback<Priority> callback);
    [[nodiscard]] std::future<Priority> get_async(pid_t pid, const CallOptions& options = {});
    ///@}

    /// Sets the I/O priority of every thread of a target: a list of processes, a tree, a group, a user, a unit.
    /// @throws PartiallyApplied only if the kernel refuses threads, or another program keeps setting them.
    ///@{
    Changed set(const Target& target, Priority priority, const CallOptions& options = {});
    void set(const Target& target, Priority priority, const CallOptions& options, Callback<Changed> callback);
    [[nodiscard]] std::future<Changed> set_async(const Target& target, Priority priority,
                                                 const CallOptions& options = {});
    ///@}

    /// Sets the I/O priority of a target for as long as the Hold exists. Always done by the service, whatever
    /// options.route says, except that kernel_only is refused (InvalidArgument): only the service outlives the holder
    /// and can restore what was set.
    ///@{
    [[nodiscard]] Hold hold(const Target& target, Priority priority, const CallOptions& options = {});
    void hold(const Target& target, Priority priority, const CallOptions& options, Callback<Hold> callback);
    [[nodiscard]] std::future<Hold> hold_async(const Target& target, Priority priority,
                                               const CallOptions& options = {});
    ///@}

    /// What is set on every thread of what a target names, and its effect.
    /// @throws InvalidArgument for a target that keeps explicit priorities.
    ///@{
    [[nodiscard]] Details describe(const Target& target, const CallOptions& options = {});
    void describe(const Target& target, const CallOptions& options, Callback<Details> callback);
    [[nodiscard]] std::future<Details> describe_async(const Target& target, const CallOptions& options = {});
    ///@}

    /// The machine's block devices, and what their I/O scheduler makes of a priority.
    ///@{
    [[nodiscard]] std::vector<Device> devices(const CallOptions& options = {});
    void devices(const CallOptions& options, Callback<std::vector<Device>> callback);
    [[nodiscard]] std::future<std::vector<Device>> devices_async(const CallOptions& options = {});
    ///@}

 private:
    class Impl;
    explicit Client(std::shared_ptr<Impl> impl) noexcept;
    std::shared_ptr<Impl> impl_;  // shared with the pending calls
};

/// For a backup to call at its start: CPU nice 19 and idle I/O for all threads of the calling process; threads and
/// children started later inherit both. By system call only: no bus, no service, no privilege.
/// @return how many threads read back as wanted.
/// @throws Error in the kernel's words.
IOPRIORITY_API unsigned lower_self();

}  // namespace iopriority
