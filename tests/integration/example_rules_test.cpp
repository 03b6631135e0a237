// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// The rules that are installed as examples do what they say, word for word, with the real polkit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "support/bus.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::IsEmpty;

std::string example(const std::string& name) {
    std::ifstream file{"/usr/share/doc/iopriority/examples/50-iopriority-" + name + ".rules"};
    std::ostringstream text;
    text << file.rdbuf();
    if (text.str().empty()) {
        throw std::runtime_error("there is no example " + name);
    }
    return text.str();
}

/// A process of a user, under the name of a program.
class Program {
 public:
    Program(const std::string& user, const std::string& name) : child_{user, {renamed(name), "threads", "2"}} {
        child_.read_line();
    }
    [[nodiscard]] pid_t pid() const { return child_.pid(); }
    [[nodiscard]] Breakdown priorities() const { return priorities_of(pid()); }

 private:
    static std::string renamed(const std::string& name) {
        std::filesystem::copy_file(tool("target"), tool(name), std::filesystem::copy_options::skip_existing);
        return tool(name);
    }

    Child child_;
};

const Breakdown untouched{{"none", 2}};
const Breakdown all_idle{{"idle", 2}};

class BackupRule : public testing::TestWithParam<const char*> {
 protected:
    void SetUp() override { set_rules(example("backup")); }
};

TEST_P(BackupRule, lets_the_group_put_the_program_to_idle_whoever_runs_it) {
    const Program roots{"root", GetParam()};
    const Program bobs{"bob", GetParam()};
    Caller carol{"carol"};  // in group backup
    EXPECT_EQ(carol.set_process(roots.pid(), "idle", 0), "ok 2");
    EXPECT_EQ(carol.set_process(bobs.pid(), "idle", 0), "ok 2");
    EXPECT_EQ(roots.priorities(), all_idle);
    EXPECT_EQ(bobs.priorities(), all_idle);
}

TEST_P(BackupRule, lets_the_group_do_nothing_else_with_it) {
    const Program roots{"root", GetParam()};
    Caller carol{"carol"};
    EXPECT_EQ(carol.set_process(roots.pid(), "best-effort", 7), error::interaction_required);
    EXPECT_EQ(carol.set_process(roots.pid(), "none", 0), error::interaction_required);
    EXPECT_EQ(carol.set_process(roots.pid(), "realtime", 7), error::interaction_required);
    EXPECT_EQ(roots.priorities(), untouched);
}

TEST_P(BackupRule, lets_others_do_nothing) {
    const Program roots{"root", GetParam()};
    Caller alice{"alice"};
    EXPECT_EQ(alice.set_process(roots.pid(), "idle", 0), error::interaction_required);
    EXPECT_EQ(roots.priorities(), untouched);
}

INSTANTIATE_TEST_SUITE_P(Programs, BackupRule, testing::Values("borg", "restic", "rsync"),
                         [](const auto& each) { return std::string{each.param}; });

TEST(TheBackupRule, is_for_no_other_program_and_no_whole_user) {
    set_rules(example("backup"));
    const Program other{"bob", "rsyncd"};
    Caller carol{"carol"};
    EXPECT_EQ(carol.set_process(other.pid(), "idle", 0), error::interaction_required);
    EXPECT_EQ(carol.set_user(uid_of("bob"), "idle", 0), error::interaction_required);
    EXPECT_EQ(other.priorities(), untouched);
}

TEST(RealtimeRule, lets_one_user_give_realtime_to_one_program_of_her_own) {
    set_rules(example("realtime"));
    const Program own{"alice", "ardour"};
    Caller alice{"alice"};
    EXPECT_EQ(alice.set_process(own.pid(), "realtime", 3), "ok 2");
    EXPECT_EQ(own.priorities(), (Breakdown{{"realtime:3", 2}}));
}

TEST(RealtimeRule, lets_nobody_do_more) {
    set_rules(example("realtime"));
    const Program other{"alice", "game"};
    const Program bobs{"bob", "ardour"};
    Caller alice{"alice"};
    Caller bob{"bob"};
    EXPECT_EQ(alice.set_process(other.pid(), "realtime", 3), error::interaction_required);
    EXPECT_EQ(alice.set_process(bobs.pid(), "realtime", 3), error::interaction_required);
    EXPECT_EQ(bob.set_process(bobs.pid(), "realtime", 3), error::interaction_required);
    EXPECT_EQ(other.priorities(), untouched);
    EXPECT_EQ(bobs.priorities(), untouched);
}

TEST(NobodyRule, refuses_even_who_knows_the_password_and_asks_for_none) {
    set_rules(example("nobody"));
    const Program bobs{"bob", "rsync"};
    const Program own{"alice", "ardour"};
    Caller alice{"alice"};
    Agent agent{{alice.pid()}, {"--password", password()}};
    EXPECT_EQ(alice.set_process(bobs.pid(), "idle", 0, Dialog::allowed), error::access_denied);
    EXPECT_EQ(alice.set_process(bobs.pid(), "realtime", 0, Dialog::allowed), error::access_denied);
    EXPECT_EQ(alice.set_process(own.pid(), "realtime", 0, Dialog::allowed), error::access_denied);
    EXPECT_THAT(agent.finish(), IsEmpty());
    EXPECT_EQ(bobs.priorities(), untouched);
    EXPECT_EQ(own.priorities(), untouched);
}

TEST(NobodyRule, leaves_what_the_kernel_allows_and_root) {
    set_rules(example("nobody"));
    const Program own{"alice", "ardour"};
    Caller alice{"alice"};
    Caller root{"root"};
    EXPECT_EQ(alice.set_process(own.pid(), "best-effort", 1), "ok 2");
    EXPECT_EQ(root.set_process(own.pid(), "realtime", 1), "ok 2");
    EXPECT_EQ(own.priorities(), (Breakdown{{"realtime:1", 2}}));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
