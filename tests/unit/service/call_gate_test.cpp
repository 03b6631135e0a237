// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// How much a call may hold: as the service's own connection sees it, of a bus that the test plays.
#include "service/call_gate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <systemd/sd-bus.h>

#include <cstdint>
#include <functional>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "played_bus.hpp"
#include "service/closer.hpp"
#include "service/foreign_descriptors.hpp"
#include "values/values.hpp"

namespace iopriority::service::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::size_t other_numbers = 1;  // the level
constexpr std::size_t other_values = 5;   // kind, target and what it holds, class, options

class A_call_of_the_bus : public testing::Test, protected CallGate::Calls {
 protected:
    bool refuse(std::string_view sender, sd_bus_message* call) override {
        if (no_memory) {
            throw std::bad_alloc();
        }
        asked.emplace_back(sender);
        if (refusal) {
            sd_bus_reply_method_errorf(call, SD_BUS_ERROR_LIMITS_EXCEEDED, "%s",  // NOLINT(*-vararg)
                                       refusal->message.c_str());
        }
        return refusal.has_value();
    }
    bool ignore(std::string_view /*sender*/) override { return false; }
    void wait(std::string_view /*sender*/, sd_bus_message* call, std::size_t size,
              const std::optional<Failure>& failure) override {
        last_size = size;
        if (failure) {
            sd_bus_reply_method_errorf(call, values::info(failure->code).dbus_name, "%s",
                                       failure->message.c_str());  // NOLINT(*-vararg)
        } else {
            waiting.emplace_back(sd_bus_message_ref(call), &sd_bus_message_unref);
        }
    }

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
    CallGate gate{*connection, foreign, *this};
    std::vector<std::string> asked;
    std::optional<Failure> refusal;
    bool no_memory = false;
    std::vector<Message> waiting;
    std::size_t last_size = 0;
    std::string text;
};

TEST_F(A_call_of_the_bus, may_hold_so_many_numbers_and_no_more) {
    EXPECT_EQ(answer_to(call_with_numbers(CallGate::most_numbers - other_numbers)), "passes");
    EXPECT_GT(last_size, CallGate::most_numbers * sizeof(std::uint64_t));
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
    EXPECT_GT(last_size, CallGate::most_text);
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

TEST_F(A_call_of_the_bus, for_which_there_is_no_memory_is_refused_and_the_next_one_taken) {
    no_memory = true;
    EXPECT_EQ(answer_to(call_with_numbers(1)), SD_BUS_ERROR_LIMITS_EXCEEDED);
    EXPECT_EQ(text, "out of memory");
    no_memory = false;
    EXPECT_EQ(answer_to(call_with_numbers(1)), "passes");
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
