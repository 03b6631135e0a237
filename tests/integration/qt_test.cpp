// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Every method of org.example.IoPriority.Extended1 by QtDBus, with <iopriority/qtdbus.hpp> (tests/support/qt_user.cpp).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "support/bus.hpp"
#include "support/kernel.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class Qt : public testing::Test {
 protected:
    Qt() { EXPECT_EQ(program.read_line(), "ready"); }

    std::string call(const std::string& line) {
        program.write_line(line);
        return program.read_line();
    }

    Target own{"alice", {"threads", "5"}};
    Target second{"alice", {"threads", "2"}};
    Target bobs{"bob", {"threads", "3"}};
    Child program{"alice", {tool("qt_user")}};
};

TEST_F(Qt, is_refused_other_users_processes) {
    const std::string refused = "error org.freedesktop.DBus.Error.InteractiveAuthorizationRequired";
    EXPECT_EQ(call("set " + own.id() + ' ' + bobs.id() + " idle"), refused);
    EXPECT_EQ(call("hold " + bobs.id() + " idle"), refused);
    EXPECT_EQ(call("describe 4194303"), std::string{"error "}.append(error::no_such_process));
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 5}}));
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 3}}));
}

TEST_F(Qt, sets_and_reads_the_result) {
    set_all(second.pid(), "best-effort:3");
    EXPECT_EQ(call("set " + own.id() + ' ' + second.id() + " 4194303 idle"),
              "processes 2 threads 7 before mixed {best-effort:3=2 none=5} left-alone {ended=1}");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
    EXPECT_EQ(second.priorities(), (Breakdown{{"idle", 2}}));
    EXPECT_EQ(call("set " + own.id() + " none"), "processes 1 threads 5 before idle {} left-alone {}");
}

TEST_F(Qt, holds_until_it_closes_the_descriptor) {
    EXPECT_EQ(call("hold " + own.id() + " idle"), "processes 1 threads 5 before none {} left-alone {}");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
    EXPECT_EQ(call("holds"), "1");
    EXPECT_EQ(call("release"), "ok");
    EXPECT_TRUE(eventually([&] { return own.priorities() == Breakdown{{"none", 5}}; }));
    EXPECT_EQ(call("holds"), "0");
}

TEST_F(Qt, describes_each_of_several) {
    set_all(second.pid(), "idle");
    const auto alice = std::to_string(uid_of("alice"));
    EXPECT_EQ(call("describe " + own.id() + " 4194303 " + second.id()),
              "none 0, effective best-effort 4 by nice 0, processes 2 threads 7 {idle=2 none=5} users [" + alice +
                  "] programs [target]; " + own.id() + ": {none=5}; 4194303: ended; " + second.id() + ": {idle=2}");
    EXPECT_THAT(call("describe " + second.id()),
                AllOf(StartsWith("idle 0, effective idle 0 by set, processes 1 threads 2"), HasSubstr(" uniform")));
}

TEST_F(Qt, lists_the_devices_that_busctl_lists) {
    const auto listed = run("alice", {"busctl", "--system", "call", interface, object_path,
                                      "org.example.IoPriority.Extended1", "ListDevices"});
    std::string words = listed.out.substr(listed.out.find(' ') + 1);  // a(sss) 2 "sda" "bfq" "all" ...
    words.erase(std::remove(words.begin(), words.end(), '"'), words.end());
    words = words.substr(words.find_first_of(" \n") + 1);
    words.resize(words.find_last_not_of('\n') + 1);
    EXPECT_EQ(call("devices"), words);
}

TEST_F(Qt, has_both_interfaces_in_one_program) {
    EXPECT_THAT(call("version"), testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
