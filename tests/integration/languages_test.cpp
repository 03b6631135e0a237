// SPDX-License-Identifier: LGPL-2.1-or-later
// What is said to people in their language: by polkit's dialog.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bus.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::HasSubstr;

constexpr const char* german = "de_DE.UTF-8";

class ADialog : public testing::Test {
 protected:
    /// What it says, and says no.
    std::string said(const std::string& call, const std::string& locale) {
        Agent agent{{alice.pid()}, {"--cancel"}, locale};
        EXPECT_EQ(alice.call(call, Dialog::allowed), error::dismissed);
        const auto prompts = agent.finish();
        EXPECT_EQ(prompts.size(), 1U);
        return prompts.empty() ? "" : prompts[0].message;
    }

    Target bobs{"bob", {"threads", "1"}};
    std::string set = "SetProcess usu " + bobs.id() + " idle 0";
    Caller alice{"alice"};
};

TEST_F(ADialog, is_in_english_where_the_language_is_not_known) {
    for (const auto* locale : {"C.UTF-8", "xx_XX.UTF-8", "/etc", "en_US.UTF-8"}) {
        EXPECT_EQ(said(set, locale), "Authentication is required to set the I/O priority of target (process " +
                                         bobs.id() + ") of user bob to idle.")
            << locale;
    }
}

TEST_F(ADialog, is_in_the_language_of_whoever_is_asked) {
    EXPECT_EQ(said(set, german), "Legitimierung ist erforderlich, um die E/A-Priorität von target (Prozess " +
                                     bobs.id() + ") des Benutzers bob auf idle zu setzen.");
    EXPECT_THAT(said(set, "C.UTF-8"), HasSubstr("Authentication is required")) << "and so the next one, in another";
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
