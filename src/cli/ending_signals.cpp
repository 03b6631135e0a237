// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/ending_signals.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/messages.hpp"
#include "cli/translation.hpp"

namespace iopriority::cli {

EndingSignals::EndingSignals() {
    fd_ = process::UniqueFd(::signalfd(-1, &signals_, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd_) {
        throw system_error(translatable("waiting for signals"));
    }
}

EndingSignals::~EndingSignals() {
    while (take() != 0) {  // a pending signal would end the process now
    }
}

void EndingSignals::let_end(bool end) const noexcept {
    const auto signals = signal_set({SIGTERM, SIGHUP});
    ::pthread_sigmask(end ? SIG_UNBLOCK : SIG_BLOCK, &signals, nullptr);
}

int EndingSignals::take() const noexcept {
    signalfd_siginfo info{};
    return ::read(fd_.get(), &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
}

}  // namespace iopriority::cli
