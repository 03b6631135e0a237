// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// How much a call may hold: as the service's own connection sees it, of a bus that the test plays.
#include "service/call_gate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench.hpp"
#include "bus/sdbus_compat.hpp"
#include "service/closer.hpp"
#include "service/foreign_descriptors.hpp"
#include "values/values.hpp"

namespace iopriority::service::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* caller = ":1.7";
constexpr const char* service = ":1.1";
constexpr std::size_t other_numbers = 1;  // the level
constexpr std::size_t other_values = 5;   // kind, target and what it holds, class, options

void require(int result, const char* what) {
    if (result < 0) {
        throw std::system_error(-result, std::generic_category(), what);
    }
}

using Message = std::unique_ptr<sd_bus_message, decltype(&sd_bus_message_unref)>;

/// The other end of the service's connection.
class Played_bus {
 public:
    Played_bus() {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path().copy(address.sun_path, sizeof address.sun_path - 1);  // NOLINT(*-array-to-pointer-decay)
        // NOLINTNEXTLINE(*-reinterpret-cast)
        require(::bind(listening_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
        require(::listen(listening_.get(), 1), "listen");
    }
    Played_bus(const Played_bus&) = delete;
    Played_bus& operator=(const Played_bus&) = delete;
    Played_bus(Played_bus&&) = delete;
    Played_bus& operator=(Played_bus&&) = delete;
    ~Played_bus() { sd_bus_flush_close_unref(bus_); }

    [[nodiscard]] std::unique_ptr<sdbus::IConnection> connect() {
        std::thread other_end([this] { accept(); });
        auto connection = sdbus::createSessionBusConnectionWithAddress("unix:path=" + path());
        other_end.join();
        return connection;
    }
    [[nodiscard]] Message call(const char* member, const char* interface = "org.example.IoPriority.Extended1") const {
        sd_bus_message* call = nullptr;
        require(sd_bus_message_new_method_call(bus_, &call, service, "/org/example/IoPriority", interface, member),
                "a call");
        require(sd_bus_message_set_sender(call, caller), "its sender");
        return {call, &sd_bus_message_unref};
    }
    /// Sends it. @return its serial
    std::uint64_t send(const Message& call) const {
        std::uint64_t serial = 0;
        require(sd_bus_send(bus_, call.get(), &serial), "sending");
        require(sd_bus_flush(bus_), "sending");
        return serial;
    }
    /// The next message that has come; null if there is none.
    [[nodiscard]] Message next() const {
        sd_bus_message* message = nullptr;
        int more = 1;
        while (message == nullptr && more > 0) {
            more = sd_bus_process(bus_, &message);
            require(more, "reading");
        }
        return {message, &sd_bus_message_unref};
    }

 private:
    [[nodiscard]] std::string path() const { return directory_.path() + "/bus"; }
    // It greets, and the bus greets back.
    void accept() {
        sd_id128_t id{};
        require(sd_id128_randomize(&id), "an id");
        require(sd_bus_new(&bus_), "a bus");
        const int fd = ::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        require(sd_bus_set_fd(bus_, fd, fd), "its socket");
        require(sd_bus_set_server(bus_, 1, id), "a server");
        require(sd_bus_set_anonymous(bus_, 1), "anybody");
        require(sd_bus_negotiate_fds(bus_, 1), "descriptors");
        require(sd_bus_start(bus_), "starting");
        auto hello = next();
        for (; !hello; hello = next()) {
            require(sd_bus_wait(bus_, UINT64_MAX), "waiting");
        }
        require(sd_bus_reply_method_return(hello.get(), "s", service), "greeting");  // NOLINT(*-vararg)
        require(sd_bus_flush(bus_), "greeting");
    }

    Directory directory_;
    process::UniqueFd listening_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sd_bus* bus_ = nullptr;
};

class A_call_of_the_bus : public testing::Test {
 protected:
    using Content = std::function<void(sd_bus_message*)>;

    /// A call with this target.
    [[nodiscard]] Message call_with(const char* type, const Content& target, const char* member = "SetPriority") const {
        auto call = bus.call(member);
        require(sd_bus_message_append(call.get(), "s", "processes"), "the kind");  // NOLINT(*-vararg)
        require(sd_bus_message_open_container(call.get(), 'v', type), "the target");
        target(call.get());
        require(sd_bus_message_close_container(call.get()), "the target");
        require(sd_bus_message_append(call.get(), "sua{sv}", "idle", 0U, 0), "the rest");  // NOLINT(*-vararg)
        return call;
    }
    [[nodiscard]] Message call_with_numbers(std::size_t count) const {
        return call_with("au", [count](sd_bus_message* call) {
            const std::vector<std::uint32_t> numbers(count, 7);
            require(sd_bus_message_append_array(call, 'u', numbers.data(), count * sizeof(std::uint32_t)), "numbers");
        });
    }
    /// Texts of this size.
    [[nodiscard]] Message call_with_texts(std::size_t count, std::size_t size) const {
        return call_with("as", [=](sd_bus_message* call) {
            require(sd_bus_message_open_container(call, 'a', "s"), "texts");
            const std::string one(size, 't');
            for (std::size_t i = 0; i < count; ++i) {
                require(sd_bus_message_append_basic(call, 's', one.c_str()), "a text");
            }
            require(sd_bus_message_close_container(call), "texts");
        });
    }
    /// The error that it is answered with, "passes" if the service has nothing but the object missing.
    std::string answer_to(const Message& call) {
        const auto serial = bus.send(call);
        while (bus::process_pending(*connection)) {
        }
        for (const auto& each : std::exchange(waiting, {})) {
            gate.take_up(each.get());
        }
        for (auto answer = bus.next(); answer; answer = bus.next()) {
            std::uint64_t replied = 0;
            if (sd_bus_message_get_reply_cookie(answer.get(), &replied) >= 0 && replied == serial) {
                const auto* const error = sd_bus_message_get_error(answer.get());
                text = error != nullptr && error->message != nullptr ? error->message : "";
                const std::string name = error != nullptr ? error->name : "none";
                return name == SD_BUS_ERROR_UNKNOWN_OBJECT ? "passes" : name;
            }
        }
        return "no answer";
    }

    Played_bus bus;
    std::unique_ptr<sdbus::IConnection> connection = bus.connect();
    Closer closer;
    ForeignDescriptors foreign{closer};
    std::vector<std::string> asked;
    std::optional<Failure> refusal;
    std::vector<Message> waiting;
    CallGate gate{*connection, foreign,
                  [this](std::string_view sender, sd_bus_message* call) {
                      asked.emplace_back(sender);
                      if (refusal) {
                          sd_bus_reply_method_errorf(call, SD_BUS_ERROR_LIMITS_EXCEEDED, "%s",  // NOLINT(*-vararg)
                                                     refusal->message.c_str());
                      }
                      return refusal.has_value();
                  },
                  [](std::string_view) { return false; },
                  [this](std::string_view /*sender*/, sd_bus_message* call, const std::optional<Failure>& failure) {
                      if (failure) {
                          sd_bus_reply_method_errorf(call, values::info(failure->code).dbus_name, "%s",
                                                     failure->message.c_str());  // NOLINT(*-vararg)
                      } else {
                          waiting.emplace_back(sd_bus_message_ref(call), &sd_bus_message_unref);
                      }
                  }};
    std::string text;
};

TEST_F(A_call_of_the_bus, may_hold_so_many_numbers_and_no_more) {
    EXPECT_EQ(answer_to(call_with_numbers(CallGate::most_numbers - other_numbers)), "passes");
    EXPECT_EQ(answer_to(call_with_numbers(CallGate::most_numbers - other_numbers + 1)), SD_BUS_ERROR_INVALID_ARGS);
    EXPECT_THAT(text, HasSubstr("8192 numbers"));
}

TEST_F(A_call_of_the_bus, may_name_as_many_processes_as_a_list_may_and_more_to_be_told_so) {
    static_assert(CallGate::most_numbers > bus::most_processes + other_numbers);
    EXPECT_EQ(answer_to(call_with_numbers(bus::most_processes + 1)), "passes");
}

TEST_F(A_call_of_the_bus, has_its_numbers_counted_of_whatever_type_they_are) {
    const auto call_of = [this](char type, std::size_t size, std::size_t count) {
        const std::string array{'a', type};
        return call_with(array.c_str(), [=](sd_bus_message* call) {
            const std::vector<char> bytes(size * count);
            require(sd_bus_message_append_array(call, type, bytes.data(), bytes.size()), "numbers");
        });
    };
    const std::vector<std::pair<char, std::size_t>> types{{'y', 1}, {'n', 2}, {'q', 2}, {'i', 4},
                                                          {'u', 4}, {'x', 8}, {'t', 8}, {'d', 8}};
    for (const auto& [type, size] : types) {
        const auto most = CallGate::most_numbers - other_numbers;
        EXPECT_EQ(answer_to(call_of(type, size, most)), "passes") << type;
        EXPECT_EQ(answer_to(call_of(type, size, most + 1)), SD_BUS_ERROR_INVALID_ARGS) << type;
    }
}

TEST_F(A_call_of_the_bus, has_the_numbers_of_all_its_lists_counted_together) {
    const auto call_of = [this](std::size_t first, std::size_t second) {
        return call_with("(auau)", [=](sd_bus_message* call) {
            require(sd_bus_message_open_container(call, 'r', "auau"), "lists");
            for (const auto count : {first, second}) {
                const std::vector<std::uint32_t> numbers(count, 7);
                require(sd_bus_message_append_array(call, 'u', numbers.data(), count * sizeof(std::uint32_t)),
                        "a list");
            }
            require(sd_bus_message_close_container(call), "lists");
        });
    };
    constexpr auto half = CallGate::most_numbers / 2;
    EXPECT_EQ(answer_to(call_of(half, half - other_numbers)), "passes");
    EXPECT_EQ(answer_to(call_of(half, half)), SD_BUS_ERROR_INVALID_ARGS);
}

TEST_F(A_call_of_the_bus, may_hold_so_many_other_values_and_no_more_whatever_its_numbers) {
    EXPECT_EQ(answer_to(call_with_texts(CallGate::most_values - other_values, 1)), "passes");
    EXPECT_EQ(answer_to(call_with_texts(CallGate::most_values - other_values + 1, 1)), SD_BUS_ERROR_INVALID_ARGS);
    EXPECT_THAT(text, HasSubstr("128 values"));
}

TEST_F(A_call_of_the_bus, may_hold_so_much_text_and_no_more) {
    const auto other_text = std::string("processesidle").size();
    EXPECT_EQ(answer_to(call_with_texts(1, CallGate::most_text - other_text)), "passes");
    EXPECT_EQ(answer_to(call_with_texts(1, CallGate::most_text - other_text + 1)), SD_BUS_ERROR_INVALID_ARGS);
    EXPECT_THAT(text, HasSubstr("8192 bytes of text"));
    EXPECT_EQ(answer_to(call_with_texts(2, CallGate::most_text / 2)), SD_BUS_ERROR_INVALID_ARGS) << "in all";
}

TEST_F(A_call_of_the_bus, is_taken_again_after_one_that_held_too_much) {
    EXPECT_EQ(answer_to(call_with_numbers(CallGate::most_numbers + 1)), SD_BUS_ERROR_INVALID_ARGS);
    EXPECT_EQ(answer_to(call_with_numbers(CallGate::most_numbers - other_numbers)), "passes");
}

TEST_F(A_call_of_the_bus, is_handled_when_it_is_taken_up_whoever_answers_it) {
    for (const char* interface : {"org.freedesktop.DBus.Peer", "org.example.IoPriority.Extended1"}) {
        const auto call = bus.call("Ping", interface);
        const auto serial = bus.send(call);
        while (bus::process_pending(*connection)) {
        }
        EXPECT_FALSE(bus.next()) << interface;
        ASSERT_EQ(waiting.size(), 1U);
        gate.take_up(std::exchange(waiting, {}).front().get());
        EXPECT_THAT(asked, ElementsAre(caller)) << "once";
        asked.clear();
        const auto answer = bus.next();
        std::uint64_t replied = 0;
        ASSERT_TRUE(answer);
        ASSERT_GE(sd_bus_message_get_reply_cookie(answer.get(), &replied), 0);
        EXPECT_EQ(replied, serial);
    }
}

TEST_F(A_call_of_the_bus, of_one_who_is_to_wait_is_refused_before_it_is_read) {
    refusal = Failure{ErrorCode::limits_exceeded, "wait for an answer"};
    EXPECT_EQ(answer_to(call_with_numbers(CallGate::most_numbers + 1)), SD_BUS_ERROR_LIMITS_EXCEEDED);
    EXPECT_EQ(text, "wait for an answer");
    EXPECT_THAT(asked, ElementsAre(caller));
}

TEST_F(A_call_of_the_bus, that_wants_no_reply_is_dropped_unless_it_sets) {
    for (const char* member : {"DescribePriority", "HoldPriority", "ListDevices"}) {
        const auto call = call_with(
            "u", [](sd_bus_message* m) { require(sd_bus_message_append(m, "u", 7U), "it"); }, member);
        require(sd_bus_message_set_expect_reply(call.get(), 0), "no reply");
        EXPECT_EQ(answer_to(call), "no answer");
        EXPECT_THAT(asked, IsEmpty()) << member;
    }
    const auto call = call_with_numbers(1);
    require(sd_bus_message_set_expect_reply(call.get(), 0), "no reply");
    EXPECT_EQ(answer_to(call), "no answer");
    EXPECT_THAT(asked, ElementsAre(caller)) << "it was taken up";
}

}  // namespace
}  // namespace iopriority::service::test
