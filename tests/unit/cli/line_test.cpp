// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/line.hpp"

#include <gtest/gtest.h>

namespace iopriority::cli {

namespace {

Line read_whole(Arguments words) {
    Line line;
    line.read(std::move(words));
    return line;
}

Line read(Arguments words) {
    words.insert(words.begin(), "ioprioctl");
    return read_whole(std::move(words));
}

/// The text of the error.
std::string refusal(const std::vector<std::string>& words) {
    try {
        static_cast<void>(read(words));
    } catch (const UsageError& error) {
        return error.what();
    }
    return "accepted";
}

bool names(const std::string& text, const std::string& what) {
    return text.find(what) != std::string::npos;
}

}  // namespace

TEST(Line, without_a_command_is_ionices) {
    EXPECT_EQ(read({}).command, &ionice_command);
    EXPECT_EQ(read({"-q"}).command, &ionice_command);
    const auto line = read({"-c", "idle", "-n3", "-tp", "5", "6", "-q"});
    EXPECT_EQ(line.command, &ionice_command);
    EXPECT_EQ(line.options.ionice.io_class, "idle");
    EXPECT_EQ(line.options.ionice.level, "3");
    EXPECT_TRUE(line.options.ionice.ignore);
    ASSERT_TRUE(line.options.ionice.first);
    EXPECT_EQ(line.options.ionice.first->name, "5");
    EXPECT_EQ(line.arguments, (Arguments{"6", "-q"})) << "options end with the first word that is none, as in ionice";
    EXPECT_EQ(read({"-c", "3", "set", "-h"}).arguments, (Arguments{"set", "-h"})) << "a program of that name";
    EXPECT_EQ(read({"--via=kernel", "--class=3", "--classdata", "2", "--pgid", "7"}).options.ionice.first->kind,
              Target::Kind::group);
}

TEST(Line, of_a_link_called_ionice_has_no_commands) {
    for (const std::string name : {"ionice", "/usr/local/bin/ionice"}) {
        EXPECT_EQ(read_whole({name, "get", "-q"}).command, &ionice_command);
        EXPECT_EQ(read_whole({name, "get", "-q"}).arguments, (Arguments{"get", "-q"})) << "a program of that name";
        EXPECT_EQ(read_whole({name, "-c3", "-p", "5"}).options.ionice.io_class, "3");
        EXPECT_TRUE(read_whole({name, "-h"}).help);
    }
}

TEST(Line, is_refused_with_ionices_options_after_a_command) {
    EXPECT_TRUE(names(refusal({"set", "idle", "-p", "5"}), "ioprioctl -c idle -p PID"));
    EXPECT_TRUE(names(refusal({"set", "--pid", "5", "idle"}), "ioprioctl -c idle -p PID"));
    EXPECT_TRUE(names(refusal({"-p", "5", "-u", "root"}), "give only one of"));
    EXPECT_TRUE(names(refusal({"-c"}), "needs a value"));
    EXPECT_TRUE(names(refusal({"-c", "3", "--tree", "-p", "5"}), "--tree"));
}

TEST(Line, of_ionice_with_help_or_version_shows_these) {
    EXPECT_EQ(read({"-c", "3", "-h"}).command, nullptr);
    EXPECT_TRUE(read({"-c", "3", "-V"}).version);
}

TEST(Line, is_refused_with_an_unknown_command) {
    EXPECT_TRUE(names(refusal({"boost", "1"}), "\"boost\""));
    EXPECT_TRUE(names(refusal({""}), "\"\""));
    EXPECT_TRUE(names(refusal({"se"}), "\"se\"")) << "commands are not abbreviated";
}

TEST(Line, is_refused_with_an_unknown_option_and_names_it) {
    EXPECT_TRUE(names(refusal({"--foo", "get"}), "\"--foo\""));
    EXPECT_TRUE(names(refusal({"get", "--foo"}), "\"--foo\""));
    EXPECT_TRUE(names(refusal({"get", "-qx", "1"}), "\"-x\""));
    EXPECT_TRUE(names(refusal({"get", "-5"}), "\"-5\"")) << "not a process group either";
    EXPECT_TRUE(names(refusal({"get", "--quiet=yes"}), "\"--quiet=yes\""));
}

TEST(Line, is_refused_with_an_unknown_value_of_via) {
    EXPECT_TRUE(names(refusal({"--via", "magic", "get"}), "\"magic\""));
    EXPECT_TRUE(names(refusal({"get", "--via"}), "--via"));
}

TEST(Line, names_the_command_whose_help_says_more) {
    Line line;
    EXPECT_THROW(line.read({"ioprioctl", "run", "--foo"}), UsageError);
    EXPECT_EQ(line.command, &run_command);
}

TEST(Line, accepts_options_before_the_command_and_anywhere_after_it) {
    for (const auto& words :
         {std::vector<std::string>{"-q", "--via", "kernel", "--no-ask-password", "set", "idle", "5"},
          {"set", "-q", "--via=kernel", "--no-ask-password", "idle", "5"},
          {"set", "idle", "5", "-q", "--via=kernel", "--no-ask-password"},
          {"-q", "set", "idle", "--via", "kernel", "5", "--no-ask-password"}}) {
        const auto line = read(words);
        EXPECT_EQ(line.command, &set_command);
        EXPECT_TRUE(line.options.quiet);
        EXPECT_FALSE(line.options.ask_password);
        EXPECT_EQ(line.options.route, Route::kernel_only);
        EXPECT_EQ(line.arguments, (Arguments{"idle", "5"}));
    }
}

TEST(Line, accepts_udev_rule_for_check_only) {
    EXPECT_TRUE(read({"check", "/srv", "--udev-rule"}).options.udev_rule);
    EXPECT_FALSE(read({"check", "--", "--udev-rule"}).options.udev_rule);
    EXPECT_TRUE(names(refusal({"get", "--udev-rule"}), "--udev-rule"));
}

TEST(Line, is_refused_with_output_options_that_do_not_apply) {
    EXPECT_TRUE(names(refusal({"--json=xml", "get"}), "use short, pretty, off"));
    EXPECT_TRUE(names(refusal({"get", "--json"}), "needs a value"));
    EXPECT_TRUE(names(refusal({"-j", "run", "idle", "true"}), "--json cannot be used with run"));
    EXPECT_TRUE(names(refusal({"-j", "-p", "1"}), "--json needs a command"));
    EXPECT_TRUE(names(refusal({"--dry-run", "get"}), "--dry-run cannot be used with get"));
    EXPECT_TRUE(names(refusal({"--dry-run", "run", "idle", "true"}), "--dry-run cannot be used with run"));
}

TEST(Line, is_refused_with_invalid_intervals_and_counts) {
    for (const auto* word : {"0", "0.01", "3601", "-1", "abc", "1e1", "nan", "2s", ""}) {
        EXPECT_TRUE(names(refusal({"list", "--watch=" + std::string(word)}), "seconds from 0.1 to 3600")) << word;
        EXPECT_TRUE(names(refusal({"monitor", "--interval", word}), "seconds from 0.1 to 3600")) << word;
    }
    for (const auto* word : {"0", "-1", "x", "1.5", "4294967296"}) {
        EXPECT_TRUE(names(refusal({"list", "--watch", "--count", word}), "number greater than 0")) << word;
    }
    EXPECT_TRUE(names(refusal({"get", "--watch"}), "--watch cannot be used with get"));
    EXPECT_TRUE(names(refusal({"monitor", "--watch"}), "--watch cannot be used with monitor"));
    EXPECT_TRUE(names(refusal({"list", "--interval", "1"}), "--interval cannot be used with list"));
    EXPECT_TRUE(names(refusal({"--json=short", "monitor"}), "--json cannot be used with monitor"));
    EXPECT_TRUE(names(refusal({"-H", "nas", "list", "--watch"}), "--host cannot be used with list"));
}

TEST(Line, has_the_interval) {
    EXPECT_FALSE(read({"list"}).options.watch);
    EXPECT_TRUE(read({"list", "--watch"}).options.watch);
    EXPECT_EQ(read({"list", "--watch"}).options.interval.count(), 2000);
    EXPECT_EQ(read({"list", "--watch"}).options.count, 0U);
    const auto line = read({"list", "--watch=0.5", "--count=3"});
    EXPECT_EQ(line.options.interval.count(), 500);
    EXPECT_EQ(line.options.count, 3U);
    EXPECT_EQ(read({"monitor", "--interval", "10"}).options.interval.count(), 10000);
}

TEST(Line, has_the_output_options) {
    const auto line = read({"set", "--json=pretty", "-v", "--no-legend", "--dry-run", "idle", "1"});
    EXPECT_EQ(line.options.json, JsonStyle::pretty);
    EXPECT_TRUE(line.options.verbose);
    EXPECT_TRUE(line.options.dry_run);
    EXPECT_FALSE(line.options.legend);
    EXPECT_EQ(read({"get", "--json=short"}).options.json, JsonStyle::one_line);
    EXPECT_NE(read({"get", "-j"}).options.json, JsonStyle::none);
    EXPECT_EQ(read({"get", "-j", "--json=off"}).options.json, JsonStyle::none);
    EXPECT_FALSE(read({"get", "-vq"}).options.verbose) << "the last one counts";
    EXPECT_FALSE(read({"get", "-qv"}).options.quiet);
}

TEST(Line, has_the_route) {
    EXPECT_EQ(read({"get"}).options.route, Route::kernel_first);
    EXPECT_EQ(read({"--via", "auto", "get"}).options.route, Route::kernel_first);
    EXPECT_EQ(read({"--via", "service", "get"}).options.route, Route::service_only);
}

TEST(Line, leaves_the_options_of_the_command_to_run_alone) {
    const auto line = read({"run", "-q", "idle", "ls", "-q", "--via", "x", "--", "--help"});
    EXPECT_TRUE(line.options.quiet);
    EXPECT_FALSE(line.help);
    EXPECT_EQ(line.arguments, (Arguments{"idle", "ls", "-q", "--via", "x", "--", "--help"}));
}

TEST(Line, keeps_the_dashes_before_the_command_to_run) {
    EXPECT_EQ(read({"run", "idle", "--", "-strange"}).arguments, (Arguments{"idle", "--", "-strange"}));
}

TEST(Line, takes_everything_after_dashes_as_arguments) {
    EXPECT_EQ(read({"get", "--", "-5"}).arguments, (Arguments{"-5"}));
}

TEST(Line, of_hold_has_its_options_anywhere_before_the_command_to_run) {
    EXPECT_TRUE(names(refusal({"hold", "idle", "812", "-j8", "--", "make"}), "option"));
    const auto line = read({"hold", "idle", "--tree", "812", "--unit", "a.service", "--", "make", "-j8", "--", "-x"});
    EXPECT_EQ(line.arguments, (Arguments{"idle", "812", "--", "make", "-j8", "--", "-x"}));
    EXPECT_TRUE(line.options.tree);
    EXPECT_EQ(line.options.named.front().name, "a.service");
    EXPECT_EQ(read({"hold", "--tree", "idle", "812"}).arguments, (Arguments{"idle", "812"})) << "refused by itself";
}

TEST(Line, asks_for_help_and_version_with_or_without_a_command) {
    EXPECT_TRUE(read({"--help"}).help);
    EXPECT_TRUE(read({"--version"}).version);
    EXPECT_TRUE(read({"set", "--help"}).help);
    EXPECT_EQ(read({"-h", "run"}).command, &run_command);
    EXPECT_TRUE(read({"-V"}).version);
    EXPECT_TRUE(read({"help"}).help);
    EXPECT_EQ(read({"help"}).command, nullptr);
    EXPECT_TRUE(read({"help", "help"}).help);
    EXPECT_EQ(read({"help", "help"}).command, nullptr);
    EXPECT_TRUE(read({"help", "run"}).help);
    EXPECT_EQ(read({"help", "run"}).command, &run_command);
    EXPECT_TRUE(names(refusal({"help", "boost"}), "\"boost\""));
}

}  // namespace iopriority::cli
