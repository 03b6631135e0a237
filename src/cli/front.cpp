// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The program in PATH: becomes the whole program where it takes the bus.
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "cli/monitor.hpp"
#include "cli/password_agent.hpp"
#include "cli/program.hpp"
#include "cli/translation.hpp"
#include "client/bus.hpp"

namespace iopriority {

namespace {

char** words = nullptr;  // of the command line: for the one place that cannot be given them

/// IOPRIORITY_WHOLE is set by CMake for this file: where it is installed.
[[noreturn]] void become_whole() {
    ::execv(IOPRIORITY_WHOLE, words);
    throw Unavailable(ErrorCode::service_unavailable,
                      cli::tr("cannot run %1, which asks the service: %2; install iopriority again", IOPRIORITY_WHOLE,
                              std::generic_category().message(errno)));
}

/// Nothing is done, and nothing said, before it is known whether the kernel suffices: for several processes one after
/// the other, or for a child that waits, it would be too late to begin anew.
bool can_begin(const cli::Line& line) {
    const auto& options = line.options;
    const auto subjects = line.arguments.size() + options.named.size();
    if (line.command == &cli::run_command) {
        return !options.hold;
    }
    if (line.command == &cli::set_command) {
        return subjects <= 2;  // the first one is the priority
    }
    return (line.command == &cli::get_command || line.command == &cli::reset_command) && subjects <= 1;
}

}  // namespace

void cli::choose_program(const Line& line, char** argv) {
    words = argv;
    if (!can_begin(line)) {
        become_whole();
    }
}

// In place of the library's own, which is so left out, and of what asks for a password on behalf of the service,
// and what draws on a terminal.
std::shared_ptr<client::Bus> client::system_bus(const std::string& /*host*/) {
    become_whole();
}

cli::PasswordAgent::PasswordAgent() {
    become_whole();
}

int cli::show_monitor(const Options& /*options*/) {
    become_whole();
}

cli::PasswordAgent::~PasswordAgent() {
    // There is none.
}

}  // namespace iopriority
