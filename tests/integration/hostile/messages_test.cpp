// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Messages that are not as they should be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <vector>

#include "hostile.hpp"
#include "raw_bus.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

class OddMessages : public testing::Test {
 protected:
    struct Reply {
        std::string error;
        std::string text;
    };
    using Fill = std::function<void(sd_bus_message*)>;

    Message new_call(const char* path, const char* of, const char* member) const {
        sd_bus_message* raw = nullptr;
        check(sd_bus_message_new_method_call(bus.get(), &raw, interface, path, of, member), "new call");
        return Message{raw};
    }
    Reply answer_to(sd_bus_message* message) const {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        sd_bus_message* raw = nullptr;
        sd_bus_call(bus.get(), message, 0, &error, &raw);
        const Message owned{raw};
        const Reply reply{error.name != nullptr ? error.name : "", error.message != nullptr ? error.message : ""};
        sd_bus_error_free(&error);
        return reply;
    }
    Reply call(const char* path, const char* of, const char* member, const Fill& fill) const {
        const auto message = new_call(path, of, member);
        fill(message.get());
        return answer_to(message.get());
    }
    /// The daemon has let go of what it was sent (which it does after its answer).
    bool is_back_to(const Footprint& before) const {
        constexpr long other_kb = 1000;
        return eventually(
            [&] {
                const auto now = footprint(daemon);
                return now.memory_kb < before.memory_kb + other_kb && now.descriptors <= before.descriptors;
            },
            std::chrono::seconds{5});
    }
    void TearDown() override { EXPECT_EQ(daemon_pid(), daemon); }

    pid_t daemon = running_daemon();
    Target own{"root", {"threads", "2"}};
    Bus bus = open_system_bus();
};

TEST_F(OddMessages, with_a_wrong_signature_are_refused) {
    for (const char* signature : {"", "u", "us", "sus", "usi", "uss", "usuu", "tsu"}) {
        const auto reply = call(object_path, interface, "SetProcess", [&](sd_bus_message* message) {
            append(message, signature, {"1", "1", "1", "1"});
        });
        EXPECT_EQ(reply.error, error::invalid_args) << signature;
    }
}

TEST_F(OddMessages, to_what_does_not_exist_are_refused) {
    const Fill nothing = [](sd_bus_message*) {};
    EXPECT_THAT(call("/", interface, "Get", nothing).error, HasSubstr("org.freedesktop.DBus.Error.Unknown"));
    EXPECT_THAT(call("/org/example/IoPriority/1", interface, "Get", nothing).error, HasSubstr("Unknown"));
    EXPECT_THAT(call(object_path, interface, "get", nothing).error, HasSubstr("Unknown"));
    EXPECT_THAT(call(object_path, "org.example.IoPriority.Extended2", "Get", nothing).error,
                AnyOf(HasSubstr("Unknown"), HasSubstr("AccessDenied")));
    // Without an interface no method is meant by the contract, but one may be found.
    const auto reply = call(object_path, nullptr, "Get", [](sd_bus_message* message) { append(message, "s", {"x"}); });
    EXPECT_NE(reply.error, "");
}

TEST_F(OddMessages, that_expect_no_answer_are_obeyed_and_get_none) {
    const auto message = new_call(object_path, interface, "SetProcess");
    append(message.get(), "usu", {own.id(), "idle", "0"});
    check(sd_bus_message_set_expect_reply(message.get(), 0), "no reply");
    const char* me = nullptr;
    check(sd_bus_get_unique_name(bus.get(), &me), "unique name");
    Wire wire{{"sender='org.example.IoPriority',destination='" + std::string{me} + "'"}};
    check(sd_bus_send(bus.get(), message.get(), nullptr), "send");
    EXPECT_TRUE(eventually([&] { return own.priorities() == Breakdown{{"idle", 2}}; }));
    settle();
    EXPECT_THAT(wire.all(), testing::IsEmpty());
}

TEST_F(OddMessages, that_expect_no_answer_are_not_obeyed_where_others_are_not) {
    const Target bobs{"bob", {"threads", "2"}};
    PolkitMonitor polkit;
    const Forked alice{
        "alice", [&](const auto& ready) {
            const auto mine = open_system_bus();
            sd_bus_message* raw = nullptr;
            check(sd_bus_message_new_method_call(mine.get(), &raw, interface, object_path, interface, "SetProcess"),
                  "new call");
            append(raw, "usu", {bobs.id(), "idle", "0"});
            check(sd_bus_message_set_expect_reply(raw, 0), "no reply");
            check(sd_bus_send(mine.get(), raw, nullptr), "send");
            check(sd_bus_flush(mine.get()), "flush");
            ready();
            pause();
        }};
    EXPECT_TRUE(eventually([&] { return !polkit.checks().empty(); }));
    settle();
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 2}}));
}

TEST_F(OddMessages, that_libsystemd_does_not_understand_do_not_make_a_part_of_another_a_message) {
    const char* root = nullptr;
    check(sd_bus_get_unique_name(bus.get(), &root), "unique name");
    call(object_path, interface, "Get", [](sd_bus_message* message) { append(message, "u", {"1"}); });  // known now
    RawBus raw;
    raw.call(interface, "Get", {}, RawBody{"u", {}}.number(1));
    static_cast<void>(raw.answer());
    for (int i = 0; i < 5; ++i) {
        {
            const Stopped standing{daemon};
            raw.call_within_a_call(
                root, RawBody{"usu", {}}.number(static_cast<std::uint32_t>(own.pid())).text("realtime").number(0));
            EXPECT_EQ(daemon_pid(), daemon);  // the bus has sent on what came before
        }
        settle();
        ASSERT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
        EXPECT_THAT(raw.answer(), HasSubstr(error::invalid_args));
    }
}

TEST_F(OddMessages, of_ten_megabytes_are_refused_and_nothing_of_them_stays) {
    const auto before = footprint(daemon);
    const std::string text(10'000'000, 'x');
    const auto wrong_type =
        call(object_path, interface, "Get", [&](sd_bus_message* message) { append(message, "s", {text}); });
    EXPECT_EQ(wrong_type.error, error::invalid_args);
    const auto io_class = call(object_path, interface, "SetProcess", [&](sd_bus_message* message) {
        append(message, "usu", {own.id(), text, "0"});
    });
    EXPECT_EQ(io_class.error, error::invalid_args);
    EXPECT_LT(io_class.text.size(), 500U);
    const auto property = call(object_path, "org.freedesktop.DBus.Properties", "Get", [&](sd_bus_message* message) {
        append(message, "ss", {interface, text});
    });
    EXPECT_NE(property.error, "");
    EXPECT_TRUE(is_back_to(before)) << footprint(daemon).memory_kb << " kB, before " << before.memory_kb;
}

constexpr const char* extended = "org.example.IoPriority.Extended1";

/// What SetPriority takes before its options.
void fill(sd_bus_message* message, pid_t pid) {
    check(sd_bus_message_append(message, "svsu", "process", "u", static_cast<std::uint32_t>(pid), "idle", 0U),
          "append");
}

/// SetPriority with this many options of the kind that Variant makes a message of.
void fill_with_options(sd_bus_message* message, pid_t pid, unsigned options) {
    fill(message, pid);
    check(sd_bus_message_open_container(message, 'a', "{sv}"), "open");
    for (unsigned i = 0; i < options; ++i) {
        check(sd_bus_message_append(message, "{sv}", std::to_string(i).c_str(), "b", 1), "option");
    }
    check(sd_bus_message_close_container(message), "close");
}

TEST_F(OddMessages, with_very_many_options_are_refused_before_they_are_decoded) {
    const auto before = footprint(daemon);
    constexpr unsigned many = 300'000;  // 5 MB on the bus; decoded, some 350
    const auto reply = call(object_path, extended, "SetPriority",
                            [&](sd_bus_message* message) { fill_with_options(message, own.pid(), many); });
    EXPECT_EQ(reply.error, error::invalid_args);
    EXPECT_TRUE(is_back_to(before)) << footprint(daemon).memory_kb << " kB, before " << before.memory_kb;
    const auto few = call(object_path, extended, "SetPriority",
                          [&](sd_bus_message* message) { fill_with_options(message, own.pid(), 1); });
    EXPECT_THAT(few.text, HasSubstr("option \"0\" is not known"));
}

constexpr int depth = 30;  // the bus itself lets no more than 64 through

void append_in_variants(sd_bus_message* message, const char* type, std::uint32_t value) {
    for (int i = 0; i < depth; ++i) {
        check(sd_bus_message_open_container(message, 'v', "v"), "open");
    }
    check(sd_bus_message_append(message, "v", type, value), "value");
    for (int i = 0; i < depth; ++i) {
        check(sd_bus_message_close_container(message), "close");
    }
}

TEST_F(OddMessages, with_variants_in_variants_as_an_option_are_refused) {
    const auto reply = call(object_path, extended, "SetPriority", [&](sd_bus_message* message) {
        fill(message, own.pid());
        check(sd_bus_message_open_container(message, 'a', "{sv}"), "open");
        check(sd_bus_message_open_container(message, 'e', "sv"), "open");
        check(sd_bus_message_append(message, "s", "interactive"), "key");
        append_in_variants(message, "b", 1);
        check(sd_bus_message_close_container(message), "close");
        check(sd_bus_message_close_container(message), "close");
    });
    EXPECT_EQ(reply.error, error::invalid_args);
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
}

TEST_F(OddMessages, with_variants_in_variants_as_a_target_are_refused) {
    const auto reply = call(object_path, extended, "SetPriority", [&](sd_bus_message* message) {
        check(sd_bus_message_append(message, "s", "process"), "kind");
        append_in_variants(message, "u", static_cast<std::uint32_t>(own.pid()));
        check(sd_bus_message_append(message, "sua{sv}", "idle", 0U, 0), "append");
    });
    EXPECT_EQ(reply.error, error::invalid_args);
    EXPECT_THAT(reply.text, HasSubstr("\"v\""));
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
}

TEST_F(OddMessages, with_a_list_of_a_million_are_refused_and_nothing_of_them_stays) {
    const auto before = footprint(daemon);
    const std::vector<std::uint32_t> many(1'000'000, static_cast<std::uint32_t>(own.pid()));
    const auto reply = call(object_path, extended, "SetPriority", [&](sd_bus_message* message) {
        check(sd_bus_message_append(message, "s", "processes"), "kind");
        check(sd_bus_message_open_container(message, 'v', "au"), "open");
        check(sd_bus_message_append_array(message, 'u', many.data(), many.size() * sizeof many[0]), "array");
        check(sd_bus_message_close_container(message), "close");
        check(sd_bus_message_append(message, "sua{sv}", "idle", 0U, 0), "append");
    });
    EXPECT_THAT(reply.error, AnyOf(error::limits_exceeded, error::invalid_args));
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
    EXPECT_TRUE(is_back_to(before)) << footprint(daemon).memory_kb << " kB, before " << before.memory_kb;
}

TEST_F(OddMessages, with_a_descriptor_that_is_no_pidfd_are_refused) {
    const int pipe_end = STDIN_FILENO;
    const auto reply = call(object_path, extended, "SetPriority", [&](sd_bus_message* message) {
        check(sd_bus_message_append(message, "svsua{sv}", "pidfd", "h", pipe_end, "idle", 0U, 0), "append");
    });
    EXPECT_EQ(reply.error, error::invalid_args);
    EXPECT_THAT(reply.text, HasSubstr("pidfd"));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
