// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include <clocale>
#include <iostream>

#include "cli/line.hpp"
#include "cli/messages.hpp"
#include "cli/translation.hpp"

namespace {

using namespace iopriority;  // NOLINT(google-build-using-namespace)
using cli::Line;

int complain_of_line(const std::string& what, const cli::Command* command) {
    const auto name = command != nullptr && !command->name.empty() ? " " + std::string(command->name) : "";
    cli::complain(cli::tr("%1; see %2", what, "ioprioctl" + name + " --help"));
    return command != nullptr && command->failure_status != 0 ? command->failure_status : cli::exit_usage;
}

int run(const Line& line, char** argv) {
    if (line.version) {
        std::cout << "ioprioctl " << IOPRIORITY_VERSION << '\n';
        return cli::exit_ok;
    }
    if (line.help) {
        std::cout << (line.command != nullptr ? cli::help(*line.command) : cli::help());
        return cli::exit_ok;
    }
    try {
        cli::choose_program(line, argv);
        return line.command->run(line.options, line.arguments);
    } catch (const cli::UsageError& error) {
        return complain_of_line(error.what(), line.command);
    } catch (const Error& error) {
        cli::complain(error, line.options);
        return line.command->failure_status != 0 ? line.command->failure_status : cli::status_of(error);
    }
}

/// The output must have been written: a full disk is an error.
int flushed(int status) {
    std::cout.flush();
    if (std::cout) {
        return status;
    }
    cli::complain(cli::tr("writing to standard output failed"));
    return status == cli::exit_ok ? cli::exit_failed : status;
}

}  // namespace

int main(int argc, char** argv) {
    // Only the categories that texts need: each one opens files.
    for (const int category : {LC_CTYPE, LC_MESSAGES}) {
        static_cast<void>(std::setlocale(category, ""));  // NOLINT(concurrency-mt-unsafe): before any thread
    }
    try {
        return flushed(run(cli::read_line({argv, argv + argc}), argv));
    } catch (const cli::LineError& error) {
        return complain_of_line(error.what(), error.command());
    } catch (const std::exception& error) {
        cli::complain(error.what());
        return cli::exit_failed;
    }
}
