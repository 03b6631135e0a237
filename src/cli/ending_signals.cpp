// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/ending_signals.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <iopriority/error.hpp>

#include "cli/translation.hpp"

namespace iopriority::cli {

EndingSignals::EndingSignals() {
    sigset_t signals{};
    ::sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        ::sigaddset(&signals, signal);
    }
    fd_ = kernel::UniqueFd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd_) {
        throw Error(ErrorCode::failed, tr("%1: %2", tr("waiting for signals"), std::generic_category().message(errno)));
    }
    ::pthread_sigmask(SIG_BLOCK, &signals, &before_);
}

EndingSignals::~EndingSignals() {
    while (take() != 0) {  // what waits would end the process now
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void EndingSignals::let_end(bool end) const noexcept {
    sigset_t signals{};
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGTERM);
    ::sigaddset(&signals, SIGHUP);
    ::pthread_sigmask(end ? SIG_UNBLOCK : SIG_BLOCK, &signals, nullptr);
}

int EndingSignals::take() const noexcept {
    signalfd_siginfo info{};
    return ::read(fd_.get(), &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
}

}  // namespace iopriority::cli
