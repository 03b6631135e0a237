// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The program in PATH: executes the full program if the bus is needed.
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "cli/line.hpp"
#include "cli/messages.hpp"
#include "cli/monitor.hpp"
#include "cli/password_agent.hpp"
#include "cli/translation.hpp"
#include "client/service_backend.hpp"

namespace iopriority {

namespace {

char** words = nullptr;  // of the command line, for functions that cannot get them as an argument

/// IOPRIORITY_FULL_PROGRAM is set by CMake for this file: where it is installed.
[[noreturn]] void become_full_program() {
    ::execv(IOPRIORITY_FULL_PROGRAM, words);
    throw cli::InOwnWords<Unavailable>(ErrorCode::service_unavailable,
                                       cli::tr("cannot run %1, which asks the service: %2; install iopriority again",
                                               IOPRIORITY_FULL_PROGRAM, std::generic_category().message(errno)));
}

/// Nothing may be done or printed before it is known whether the kernel suffices. With several targets one after
/// another, or with a waiting child, it would be too late to start over.
bool can_begin(const cli::Line& line) {
    const auto& options = line.options;
    if (line.command == &cli::run_command) {
        return !options.hold;
    }
    if (line.command == &cli::get_command) {
        return line.arguments.size() + options.named.size() <= 1;
    }
    // The first argument is the priority.
    return line.command == &cli::set_command && options.named.size() + (line.arguments.size() > 1 ? 1 : 0) <= 1;
}

}  // namespace

void cli::choose_program(const Line& line, char** argv) {
    words = argv;
    if (!can_begin(line)) {
        become_full_program();
    }
}

// These replace the library's own backend, which is not linked then, the code that asks for a password on behalf of
// the service, and the code that draws on a terminal.
std::shared_ptr<client::ServiceBackend> client::service_backend(const std::string& /*host*/) {
    become_full_program();
}

cli::PasswordAgent::PasswordAgent() {
    become_full_program();
}

int cli::show_monitor(const Options& /*options*/) {
    become_full_program();
}

cli::PasswordAgent::~PasswordAgent() {
    // No object is ever constructed.
}

}  // namespace iopriority
