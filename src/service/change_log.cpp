// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/change_log.hpp"

#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>
#include <vector>

#include "service/say.hpp"

#if __has_include(<systemd/sd-journal.h>)
#include <systemd/sd-journal.h>
#endif

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
    const std::string owner = r.target.uid && r.target.pid != 0 ? " of user " + std::to_string(*r.target.uid) : "";
    return r.target.text + owner + ": " + r.before + " -> " + r.after + " for user " + std::to_string(r.caller.uid) +
           " (" + r.caller.bus_name + "), action " + policy::id(r.action) + ", " + std::to_string(r.threads) +
           (r.threads == 1 ? " thread: " : " threads: ") + r.result;
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
            "IOPRIORITY_ACTION=" + std::string(policy::id(r.action)),
            "IOPRIORITY_PROCESSES=" + std::to_string(r.processes),
            "IOPRIORITY_THREADS=" + std::to_string(r.threads),
            "IOPRIORITY_RESULT=" + r.result};
}

}  // namespace

SystemChangeLog::SystemChangeLog() : to_journal_(stderr_is_journal()) {}

void SystemChangeLog::write(const ChangeRecord& record) {
    send(fields(record));
}

void SystemChangeLog::left_out(uid_t user, std::uint64_t changes) {
    send({"MESSAGE=" + std::to_string(changes) + " more changes for user " + std::to_string(user) +
              " within a second are left out of the log",
          "PRIORITY=" + std::to_string(LOG_WARNING), "IOPRIORITY_CALLER_UID=" + std::to_string(user),
          "IOPRIORITY_LEFT_OUT=" + std::to_string(changes)});
}

// The message comes first among the fields.
void SystemChangeLog::send(std::vector<std::string> fields) const {
#if __has_include(<systemd/sd-journal.h>)
    if (to_journal_) {
        std::vector<iovec> vectors;
        vectors.reserve(fields.size());
        for (auto& field : fields) {
            vectors.push_back({field.data(), field.size()});
        }
        if (::sd_journal_sendv(vectors.data(), static_cast<int>(vectors.size())) >= 0) {
            return;
        }
    }
#endif
    constexpr std::string_view message = "MESSAGE=";
    say(LOG_INFO, fields.front().substr(message.size()));
}

}  // namespace iopriority::service
