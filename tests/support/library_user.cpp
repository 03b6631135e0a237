// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// library_user - a program that uses libiopriority, as a user of the test's choice.
//
//   FORM ROUTE [interactive] set PID PRIORITY | set-user UID PRIORITY | get PID      a line of input each
//   FORM ROUTE [interactive] set-KIND NAME PRIORITY | hold-KIND NAME PRIORITY | describe-KIND NAME | devices
//   lower-self | drop | last | active | overruled | release
//
// KIND: tree, pidfd, group, user, unset-of-user, unit, user-unit, or, with NUMBER,NUMBER,...: processes, trees, pidfds;
// without one, a process.
// FORM: blocking, future, callback (answered in their own time; "drop" destroys the client first).
// ROUTE: kernel-first, kernel-only, service-only. Prints a line for each: `ok PROCESSES THREADS service|kernel`,
// `ok PRIORITY`, `ok THREADS`, what is described, `held`, `yes` or `no` for active, what else the last change said, or
// `EXCEPTION-CLASS D-BUS-NAME TEXT`. "ready" comes first.

#include <sys/syscall.h>
#include <unistd.h>

#include <exception>
#include <iopriority/client.hpp>
#include <iostream>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using iopriority::CallOptions;
using iopriority::Changed;
using iopriority::Client;
using iopriority::Priority;

std::mutex output;

void say(const std::string& line) {
    const std::lock_guard lock{output};
    std::cout << line << std::endl;
}

std::string text(const std::map<std::string, unsigned>& counts) {
    std::string text;
    for (const auto& [what, count] : counts) {
        text += ' ' + std::to_string(count) + 'x' + what;
    }
    return text;
}

Changed last;

std::string text(const Changed& changed) {
    {
        const std::lock_guard lock{output};
        last = changed;
    }
    return "ok " + std::to_string(changed.processes) + ' ' + std::to_string(changed.threads) +
           (changed.by_service ? " service" : " kernel");
}

/// "before idle", "before: 1xidle 2xnone, left alone: 1xended"
std::string text_of_last() {
    const std::lock_guard lock{output};
    return "before" + (last.before ? ' ' + last.before->to_string() : ":" + text(last.before_breakdown)) +
           (last.left_alone.empty() ? "" : ", left alone:" + text(last.left_alone));
}

std::string text(const Priority& priority) {
    return "ok " + priority.to_string();
}

std::string text(const iopriority::Details& details) {
    std::string text = "ok " + details.set.to_string() + ' ' + details.effective.to_string() + " (" + details.source +
                       ") " + std::to_string(details.processes) + ' ' + std::to_string(details.threads) +
                       ::text(details.breakdown) + " of";
    for (const auto user : details.users) {
        text += ' ' + std::to_string(user);
    }
    for (const auto& program : details.programs) {
        text += ' ' + program;
    }
    for (const auto& each : details.each) {
        text += ", " + std::to_string(each.process) + ' ' + (each.details ? each.details->set.to_string() : "ended");
    }
    return text;
}
std::string text(const std::vector<iopriority::Device>& devices) {
    std::string text = "ok";
    for (const auto& device : devices) {
        text += ' ' + device.name + '/' + device.scheduler + '/' + std::to_string(static_cast<int>(device.honours));
    }
    return text;
}

std::vector<iopriority::Hold> holds;

std::string text(iopriority::Hold hold) {
    const std::lock_guard lock{output};
    last = hold.changed();
    holds.push_back(std::move(hold));
    return "ok held";
}

std::vector<pid_t> numbers_of(const std::string& word) {
    std::istringstream words{word};
    std::vector<pid_t> numbers;
    for (std::string number; std::getline(words, number, ',');) {
        numbers.push_back(static_cast<pid_t>(std::stoul(number)));
    }
    return numbers;
}

/// Targets by pidfds, whose own descriptors are closed at once.
iopriority::Target by_pidfds(const std::vector<pid_t>& pids, bool list) {
    std::vector<int> pidfds;
    for (const auto pid : pids) {
        pidfds.push_back(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    }
    auto target = list ? iopriority::Target::pidfds(pidfds) : iopriority::Target::pidfd(pidfds.front());
    for (const int fd : pidfds) {
        ::close(fd);
    }
    return target;
}

iopriority::Target target_of(const std::string& kind, const std::string& word) {
    if (kind == "unit") {
        return iopriority::Target::unit(word);
    }
    if (kind == "user-unit") {
        return iopriority::Target::user_unit(word);
    }
    const auto pids = numbers_of(word);
    const auto pid = pids.front();
    if (kind == "processes") {
        return iopriority::Target::processes(pids);
    }
    if (kind == "trees") {
        return iopriority::Target::processes(pids).with_descendants();
    }
    if (kind == "tree") {
        return iopriority::Target::process(pid).with_descendants();
    }
    if (kind == "pidfd" || kind == "pidfds") {
        return by_pidfds(pids, kind == "pidfds");
    }
    if (kind == "group") {
        return iopriority::Target::group(pid);
    }
    if (kind == "user") {
        return iopriority::Target::user(static_cast<uid_t>(pid));
    }
    if (kind == "unset-of-user") {
        return iopriority::Target::user(static_cast<uid_t>(pid)).keeping_explicit();
    }
    return iopriority::Target::process(pid);
}

/// The most derived class that a program would catch.
std::string text(const std::exception_ptr& failure) {
    const auto with_class = [](const char* name, const iopriority::Error& error) {
        return std::string{name} + ' ' + error.name() + ' ' + error.what();
    };
    try {
        std::rethrow_exception(failure);
    } catch (const iopriority::InvalidArgument& error) {
        return with_class("InvalidArgument", error);
    } catch (const iopriority::NotAuthorized& error) {
        return with_class("NotAuthorized", error);
    } catch (const iopriority::NoSuchProcess& error) {
        return with_class("NoSuchProcess", error);
    } catch (const iopriority::Unavailable& error) {
        return with_class("Unavailable", error);
    } catch (const iopriority::PartiallyApplied& error) {
        return with_class("PartiallyApplied", error);
    } catch (const iopriority::Error& error) {
        return with_class("Error", error);
    } catch (const std::exception& error) {
        return std::string{"unexpected "} + error.what();
    }
}

template <typename Function>
void attempt(Function function) {
    try {
        function();
    } catch (...) {
        say(text(std::current_exception()));
    }
}

class Session {
 public:
    void obey(const std::string& line) {
        std::istringstream words{line};
        std::string form;
        words >> form;
        if (form == "drop") {
            client_.reset();
        } else if (form == "lower-self") {
            say("ok " + std::to_string(iopriority::lower_self()));
        } else if (form == "active") {
            say(holds.back().active() ? "yes" : "no");
        } else if (form == "overruled") {
            say(holds.back().overruled() ? "yes" : "no");
        } else if (form == "last") {
            say(text_of_last());
        } else if (form == "release") {
            holds.clear();
            say("ok");
        } else {
            call(form, words);
        }
    }
    ~Session() {
        client_.reset();
        for (auto& waiter : waiters_) {
            waiter.join();
        }
    }

 private:
    void call(const std::string& form, std::istringstream& words) {
        static const std::map<std::string, iopriority::Route> routes{{"kernel-first", iopriority::Route::kernel_first},
                                                                     {"kernel-only", iopriority::Route::kernel_only},
                                                                     {"service-only", iopriority::Route::service_only}};
        std::string word;
        CallOptions options;
        words >> word;
        options.route = routes.at(word);
        words >> word;
        if (word == "interactive") {
            options.interactive = true;
            words >> word;
        }
        std::string target;
        std::string priority;
        words >> target >> priority;
        // The plain methods for what they can do, the general ones for the rest.
        if (word == "set" || word == "set-user" || word == "get") {
            plain(form, word, std::stoul(target), priority, options);
        } else {
            general(form, word, target, priority, options);
        }
    }

    void plain(const std::string& form, const std::string& word, unsigned long target, const std::string& priority,
               const CallOptions& options) {
        const auto pid = static_cast<pid_t>(target);
        const auto uid = static_cast<uid_t>(target);
        Client& client = *client_;
        if (word == "get") {
            in_form<Priority>(
                form, [&] { return client.get(pid, options); }, [&] { return client.get_async(pid, options); },
                [&](auto callback) { client.get(pid, options, callback); });
        } else if (word == "set") {
            const auto wanted = Priority::parse(priority);
            in_form<Changed>(
                form, [&] { return client.set_process(pid, wanted, options); },
                [&] { return client.set_process_async(pid, wanted, options); },
                [&](auto callback) { client.set_process(pid, wanted, options, callback); });
        } else {
            const auto wanted = Priority::parse(priority);
            in_form<Changed>(
                form, [&] { return client.set_user(uid, wanted, options); },
                [&] { return client.set_user_async(uid, wanted, options); },
                [&](auto callback) { client.set_user(uid, wanted, options, callback); });
        }
    }

    void general(const std::string& form, const std::string& word, const std::string& name, const std::string& priority,
                 const CallOptions& options) {
        Client& client = *client_;
        const auto dash = word.find('-');
        const auto verb = word.substr(0, dash);
        const auto kind = dash == std::string::npos ? "" : word.substr(dash + 1);
        if (verb == "set") {
            const auto target = target_of(kind, name);
            const auto wanted = Priority::parse(priority);
            in_form<Changed>(
                form, [&] { return client.set(target, wanted, options); },
                [&] { return client.set_async(target, wanted, options); },
                [&](auto callback) { client.set(target, wanted, options, callback); });
        } else if (verb == "describe") {
            const auto target = target_of(kind, name);
            in_form<iopriority::Details>(
                form, [&] { return client.describe(target, options); },
                [&] { return client.describe_async(target, options); },
                [&](auto callback) { client.describe(target, options, callback); });
        } else if (verb == "hold") {
            const auto target = target_of(kind, name);
            const auto wanted = Priority::parse(priority);
            in_form<iopriority::Hold>(
                form, [&] { return client.hold(target, wanted, options); },
                [&] { return client.hold_async(target, wanted, options); },
                [&](auto callback) { client.hold(target, wanted, options, callback); });
        } else {
            in_form<std::vector<iopriority::Device>>(
                form, [&] { return client.devices(options); }, [&] { return client.devices_async(options); },
                [&](auto callback) { client.devices(options, callback); });
        }
    }

    template <typename Value, typename Blocking, typename Future, typename WithCallback>
    void in_form(const std::string& form, Blocking blocking, Future future, WithCallback with_callback) {
        if (form == "blocking") {
            say(text(blocking()));
        } else if (form == "future") {
            waiters_.emplace_back([result = std::make_shared<std::future<Value>>(future())] {
                attempt([&] { say(text(result->get())); });
            });
        } else {
            with_callback([](Value value, const std::exception_ptr& failure) {
                say(failure ? text(failure) : text(std::move(value)));
            });
        }
    }

    std::unique_ptr<Client> client_ = std::make_unique<Client>();
    std::vector<std::thread> waiters_;
};

}  // namespace

int main() {
    Session session;
    say("ready");
    for (std::string line; std::getline(std::cin, line);) {
        attempt([&] { session.obey(line); });
    }
    return 0;
}
