// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include <clocale>
#include <iostream>

#include "cli/json.hpp"
#include "cli/line.hpp"
#include "cli/messages.hpp"
#include "cli/translation.hpp"

namespace {

using namespace iopriority;  // NOLINT(google-build-using-namespace)
using cli::Line;

int run(const Line& line) {
    if (line.version) {
        std::cout << "ioprioctl " << IOPRIORITY_VERSION << '\n';
        return cli::exit_ok;
    }
    if (line.help) {
        std::cout << (line.command != nullptr ? cli::help(*line.command) : cli::help());
        return cli::exit_ok;
    }
    return line.command->run(line.options, line.arguments);
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

/// A command that runs another program has a status of its own for all that fails before.
int failed(const Line& line, int status) {
    return flushed(line.command != nullptr && line.command->failure_status != 0 ? line.command->failure_status
                                                                                : status);
}

}  // namespace

int main(int argc, char** argv) {
    // Only the categories that texts need: each one opens files.
    for (const int category : {LC_CTYPE, LC_MESSAGES}) {
        static_cast<void>(std::setlocale(category, ""));  // NOLINT(concurrency-mt-unsafe): before any thread
    }
    Line line;
    try {
        line.read({argv, argv + argc});
        return flushed(run(line));
    } catch (const cli::UsageError& error) {
        const auto name =
            line.command != nullptr && !line.command->name.empty() ? " " + std::string(line.command->name) : "";
        cli::complain(cli::tr("%1; see %2", error.what(), "ioprioctl" + name + " --help"));
        return failed(line, cli::exit_usage);
    } catch (const Error& error) {
        cli::complain(error, line.options);
        if (line.options.json != cli::JsonStyle::none) {  // before anything was done: no such user, or an empty id
            std::cout << cli::json_text(cli::Json::array({cli::failure_record("", error)}), line.options.json);
        }
        return failed(line, cli::status_of(error));
    } catch (const std::exception& error) {
        cli::complain(error.what());
        return cli::exit_failed;
    }
}
