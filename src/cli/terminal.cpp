// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/terminal.hpp"

#include <cstdlib>
#include <stdexcept>

#include "cli/command.hpp"
#include "cli/messages.hpp"
#include "cli/translation.hpp"
#include "values/module.hpp"

namespace iopriority::cli {

namespace {

// IOPRIORITY_TERMINAL_MODULE and _DIR are set by CMake for this file.
alignas(4) [[gnu::used, gnu::section(".note.dlopen")]] constexpr auto note = dlopen_note(
    R"([{"feature":"terminal","description":"Draws ioprioctl monitor","priority":"required","soname":[")" IOPRIORITY_TERMINAL_MODULE
    R"("]}])");

}  // namespace

std::unique_ptr<Terminal> take_terminal() {
    const auto address =
        address_in_module({IOPRIORITY_TERMINAL_MODULE, IOPRIORITY_TERMINAL_MODULE_DIR "/" IOPRIORITY_TERMINAL_MODULE},
                          "ioprioctl_curses_terminal");
    if (!address) {
        throw std::runtime_error(tr("cannot run %1: %2", "monitor", address.failure().message));
    }
    // NOLINTNEXTLINE(*-reinterpret-cast): as dlsym(3) has it
    const auto make = reinterpret_cast<decltype(&ioprioctl_curses_terminal)>(*address);
    std::unique_ptr<Terminal> terminal(make());
    if (!terminal) {
        const char* name = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
        throw UsageError(tr("a terminal of the type %1 (TERM) cannot show monitor: use %2",
                            shown(name != nullptr ? name : ""), "ioprioctl list --watch"));
    }
    return terminal;
}

}  // namespace iopriority::cli
