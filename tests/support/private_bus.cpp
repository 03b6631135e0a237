// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "private_bus.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string_view>

#include "kernel.hpp"
#include "polkit.hpp"

namespace iopriority::test {

namespace {

/// Set by private-bus for the command it runs.
constexpr const char* password_variable = "PRIVATE_BUS_PASSWORD";

/// Set by CMake to run a test against dbus-broker: where that is.
constexpr const char* broker_variable = "PRIVATE_BUS_BROKER";

/// Set by .ci/run: the stage of a service with sanitizers.
constexpr const char* sanitized_variable = "IOPRIORITY_SANITIZED_STAGE";

std::string from_environment(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
    if (value == nullptr) {
        throw std::runtime_error(std::string{name} + " is not set: this is not a private bus");
    }
    return value;
}

std::string whole_file(const std::string& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

/// What is not set follows the nice value, and is inherited: whoever starts the tests may have given them other ones.
void reset_priorities() {
    if (setpriority(PRIO_PROCESS, 0, 0) != 0) {
        std::cerr << "cannot set the nice value to 0: must be root\n";
    }
    set_thread(getpid(), "none");
}

/// What is to be tested: the build's stage, unless the environment has another, of a service with sanitizers.
std::vector<std::string> tested() {
    std::vector<std::string> words{"--root", IOPRIORITY_STAGE};
    std::vector<std::string> daemon_options{IOPRIORITY_DAEMON_OPTIONS};
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here sets variables
    if (const char* stage = std::getenv(sanitized_variable)) {
        words.back() = stage;
        daemon_options = {IOPRIORITY_SANITIZED_DAEMON_OPTIONS};
    }
    words.insert(words.end(), daemon_options.begin(), daemon_options.end());
    return words;
}

/// IOPRIORITY_STAGE, _TOOLS, _LOCALES, _PRIVATE_BUS and _DAEMON_OPTIONS are set by CMake for this file.
int start_inside(int argc, char** argv, const std::vector<std::string>& options) {
    std::vector<std::string> words{IOPRIORITY_PRIVATE_BUS, "--tools", IOPRIORITY_TOOLS, "--locales",
                                   IOPRIORITY_LOCALES};
    for (const auto& more : {options, tested()}) {
        words.insert(words.end(), more.begin(), more.end());
    }
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here sets variables
    if (const char* broker = std::getenv(broker_variable)) {
        words.insert(words.end(), {"--broker", broker});
    }
    words.emplace_back("--");
    words.insert(words.end(), argv, argv + argc);
    std::vector<char*> pointers;
    std::transform(words.begin(), words.end(), std::back_inserter(pointers), [](auto& word) { return word.data(); });
    pointers.push_back(nullptr);
    reset_priorities();
    execv(pointers[0], pointers.data());
    std::cerr << "cannot run " << words[0] << '\n';
    return 1;
}

/// Each test begins with the rules that Debian has.
class RulesEnd : public testing::EmptyTestEventListener {
    void OnTestEnd(const testing::TestInfo& /*info*/) override { reset_rules(); }
};

}  // namespace

int run_on_private_bus(int argc, char** argv, const std::vector<std::string>& options) {
    const bool lists =
        std::any_of(argv, argv + argc, [](std::string_view word) { return word == "--gtest_list_tests"; });
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here sets variables
    if (!lists && std::getenv(password_variable) == nullptr) {
        return start_inside(argc, argv, options);
    }
    testing::InitGoogleTest(&argc, argv);
    testing::UnitTest::GetInstance()->listeners().Append(new RulesEnd);  // which owns it
    return RUN_ALL_TESTS();
}

std::string tool(const std::string& name) {
    return "/run/tools/" + name;
}

bool service_has_sanitizers() {
#ifdef __SANITIZE_ADDRESS__
    return true;
#else
    return std::getenv(sanitized_variable) != nullptr;  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
#endif
}

std::string password() {
    return from_environment(password_variable);
}

std::string daemon_log() {
    return whole_file(from_environment("PRIVATE_BUS_LOGS") + "/daemon.log");
}

std::string polkit_log() {
    return whole_file(from_environment("PRIVATE_BUS_LOGS") + "/polkitd.log");
}

}  // namespace iopriority::test
