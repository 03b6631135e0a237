// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/change_log.hpp"

#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace iopriority::service {

namespace {

// systemd.exec(5), JOURNAL_STREAM: device and inode of the stream.
bool stderr_is_journal() {
    const char* stream = std::getenv("JOURNAL_STREAM");  // NOLINT(*-mt-unsafe): one thread
    struct stat status {};
    return stream != nullptr && ::fstat(STDERR_FILENO, &status) == 0 &&
           std::string_view(stream) == std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

std::string sentence(const ChangeRecord& r) {
    return r.target.text + ": " + r.before + " -> " + r.after + " for user " + std::to_string(r.caller.uid) + " (" +
           r.caller.bus_name + "), action " + authorization::id(r.action) + ", " + std::to_string(r.threads) +
           " threads: " + r.result;
}

std::vector<std::string> fields(const ChangeRecord& r) {
    // Text from outside stands in no field that was not sanitised: names and results are.
    return {"MESSAGE=" + sentence(r),
            "PRIORITY=" + std::to_string(r.result == "ok" ? LOG_INFO : LOG_WARNING),
            "IOPRIORITY_CALLER_UID=" + std::to_string(r.caller.uid),
            "IOPRIORITY_CALLER=" + r.caller.bus_name,
            "IOPRIORITY_TARGET_PID=" + (r.target.pid == 0 ? "" : std::to_string(r.target.pid)),
            "IOPRIORITY_TARGET_PROGRAM=" + r.target.program,
            "IOPRIORITY_TARGET_UID=" + (r.target.uid ? std::to_string(*r.target.uid) : ""),
            "IOPRIORITY_OLD=" + r.before,
            "IOPRIORITY_NEW=" + r.after,
            "IOPRIORITY_ACTION=" + std::string(authorization::id(r.action)),
            "IOPRIORITY_PROCESSES=" + std::to_string(r.processes),
            "IOPRIORITY_THREADS=" + std::to_string(r.threads),
            "IOPRIORITY_RESULT=" + r.result};
}

}  // namespace

SystemChangeLog::SystemChangeLog() : to_journal_(stderr_is_journal()) {}

void SystemChangeLog::write(const ChangeRecord& record) {
    if (to_journal_) {
        auto lines = fields(record);
        std::vector<iovec> vectors;
        vectors.reserve(lines.size());
        for (auto& line : lines) {
            vectors.push_back({line.data(), line.size()});
        }
        if (::sd_journal_sendv(vectors.data(), static_cast<int>(vectors.size())) >= 0) {
            return;
        }
    }
    std::fprintf(stderr, "iopriorityd: %s\n", sentence(record).c_str());  // NOLINT(*-vararg)
}

}  // namespace iopriority::service
