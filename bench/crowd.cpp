// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Many connections at once, each with one call under way at any time.
#include <poll.h>
#include <unistd.h>

#include <deque>
#include <iostream>

#include "bus.hpp"
#include "measure.hpp"

namespace iopriority::bench {

namespace {

class Member {
 public:
    void send(const std::string& kind) {
        auto message = kind == "ping"  ? bus_.new_call(our_name, our_path, peer, "Ping")
                       : kind == "get" ? bus_.new_call(our_name, our_path, our_name, "Get")
                                       : bus_.new_call(our_name, our_path, our_name, "SetProcess");
        if (kind == "get") {
            checked(sd_bus_message_append(message.get(), "u", 0U), "append");
        } else if (kind == "set") {
            checked(sd_bus_message_append(message.get(), "usu", 0U, "idle", 0U), "append");
        }
        const auto on_reply = [](sd_bus_message* reply, void* data, sd_bus_error* /*error*/) {
            auto& self = *static_cast<Member*>(data);
            self.under_way_ = false;
            ++(sd_bus_message_is_method_error(reply, nullptr) > 0 ? self.failed : self.served);
            return 0;
        };
        checked(sd_bus_call_async(bus_.get(), nullptr, message.get(), on_reply, this, 0), "call");
        under_way_ = true;
    }
    [[nodiscard]] bool under_way() const { return under_way_; }
    /// Takes what has come.
    void process() const {
        while (checked(sd_bus_process(bus_.get(), nullptr), "process") > 0) {
        }
    }
    [[nodiscard]] pollfd interest() const {
        return {checked(sd_bus_get_fd(bus_.get()), "fd"),
                static_cast<short>(checked(sd_bus_get_events(bus_.get()), "events")), 0};
    }

    std::int64_t served = 0;
    std::int64_t failed = 0;

 private:
    Bus bus_;
    bool under_way_ = false;
};

class Crowd {
 public:
    explicit Crowd(unsigned count) : members_(count) {}

    /// Calls for so long, and then until all are answered. @return calls served, calls that failed or were lost,
    /// nanoseconds
    Samples window(const std::string& kind, std::int64_t length) {
        constexpr std::int64_t patience = 30'000'000'000;
        const auto begin = now();
        std::int64_t end = 0;
        for (auto& member : members_) {
            member.served = member.failed = 0;
        }
        bool waits = true;
        while (waits && now() < begin + length + patience) {
            const bool calls = now() < begin + length;
            waits = calls;
            for (auto& member : members_) {
                member.process();
                if (!member.under_way() && calls) {
                    member.send(kind);
                }
                waits = waits || member.under_way();
            }
            end = now();
            if (waits) {
                wait();
            }
        }
        Samples sums{0, 0, end - begin};
        for (const auto& member : members_) {
            sums[0] += member.served;
            sums[1] += member.failed + (member.under_way() ? 1 : 0);
        }
        return sums;
    }

 private:
    void wait() {
        std::vector<pollfd> events;
        for (const auto& member : members_) {
            events.push_back(member.interest());
        }
        constexpr int longest = 100;
        poll(events.data(), events.size(), longest);
    }

    std::deque<Member> members_;
};

}  // namespace

int crowd(Words words) {
    const auto connections = take_number(words, "--connections", 10);
    const auto rounds = take_number(words, "--rounds", 5);
    const auto window = std::int64_t{take_number(words, "--window", 400)} * 1'000'000;
    Crowd crowd(connections);
    for (const auto& kind : words) {
        crowd.window(kind, window / 4);
    }
    // Those that run beside it are to begin at the same time.
    std::cout << "ready" << std::endl;
    std::string line;
    std::getline(std::cin, line);
    std::map<std::string, Samples> samples;
    for (unsigned round = 0; round < rounds; ++round) {
        for (const auto& kind : words) {
            const auto sums = crowd.window(kind, window);
            samples[kind + ".served"].push_back(sums[0]);
            samples[kind + ".lost"].push_back(sums[1]);
            samples[kind + ".time"].push_back(sums[2]);
        }
    }
    print(samples);
    return 0;
}

}  // namespace iopriority::bench
