// SPDX-License-Identifier: LGPL-2.1-or-later
//
// library_user - a program that uses libiopriority, as a user of the test's choice.
//
//   FORM ROUTE [interactive] set PID PRIORITY | set-user UID PRIORITY | get PID      a line of input each
//   lower-self | drop
//
// FORM: blocking, future, callback (answered in their own time; "drop" destroys the client first).
// ROUTE: kernel-first, kernel-only, service-only. Prints a line for each: `ok PROCESSES THREADS service|kernel`,
// `ok PRIORITY`, `ok THREADS`, or `EXCEPTION-CLASS D-BUS-NAME TEXT`. "ready" comes first.

#include <exception>
#include <iopriority/client.hpp>
#include <iostream>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
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

std::string text(const Changed& changed) {
    return "ok " + std::to_string(changed.processes) + ' ' + std::to_string(changed.threads) +
           (changed.by_service ? " service" : " kernel");
}
std::string text(const Priority& priority) {
    return "ok " + priority.to_string();
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
        unsigned long target = 0;
        std::string priority;
        words >> target >> priority;
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

    template <typename Value, typename Blocking, typename Future, typename WithCallback>
    void in_form(const std::string& form, Blocking blocking, Future future, WithCallback with_callback) {
        if (form == "blocking") {
            say(text(blocking()));
        } else if (form == "future") {
            waiters_.emplace_back([result = std::make_shared<std::future<Value>>(future())] {
                attempt([&] { say(text(result->get())); });
            });
        } else {
            with_callback(
                [](Value value, const std::exception_ptr& failure) { say(failure ? text(failure) : text(value)); });
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
