// SPDX-FileCopyrightText: The iopriority authors
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

// "alice (uid 1000)"
std::string user(const std::string& name, uid_t uid) {
    const std::string number = "uid " + std::to_string(uid);
    return name.empty() || name == std::to_string(uid) ? number : name + " (" + number + ")";
}

// "alice (uid 1000, :1.42, busctl)"
std::string caller(const ChangeRecord& r) {
    std::string text = user(r.caller_user, r.caller.uid);
    const bool closed = text.ends_with(')');
    for (const auto& more : {r.caller.bus_name, r.caller.program}) {
        if (!more.empty()) {
            closed ? text.insert(text.size() - 1, ", " + more) : text.append(", " + more);
        }
    }
    return text;
}

struct Words {
    const char* name;  ///< in the field
    const char* by;    ///< in the sentence, before the caller
};

Words words_of(ChangeRecord::Event event) {
    switch (event) {
        case ChangeRecord::Event::set:
            return {"set", ", set by "};
        case ChangeRecord::Event::hold:
            return {"hold", ", held by "};
        case ChangeRecord::Event::end:
            return {"end", ", end of a hold of "};
        case ChangeRecord::Event::refused:
            break;
    }
    return {"refused", " refused to "};
}

std::string sentence(const ChangeRecord& r) {
    const bool is_user = r.target.kind == engine::TargetName::Kind::user;
    const bool has_owner = r.target.uid && r.target.pid != 0;
    const std::string owner = has_owner                           ? " of " + user(r.target_user, *r.target.uid)
                              : is_user && !r.target_user.empty() ? " (" + r.target_user + ")"
                                                                  : "";
    const bool refused = r.event == ChangeRecord::Event::refused;
    const std::string threads = std::to_string(r.threads) + (r.threads == 1 ? " thread" : " threads");
    return r.target.text + owner + ": " + (refused ? "" : r.before + " -> ") + r.after + words_of(r.event).by +
           caller(r) + ", action " + policy::id(r.action) + (refused ? "" : ", " + threads) + ": " + r.result;
}

std::vector<std::string> fields(const ChangeRecord& r) {
    using Kind = engine::TargetName::Kind;
    const auto id_of = [&r](Kind kind) { return r.target.kind == kind ? r.target.id : ""; };
    // Untrusted text appears only in sanitised fields: names and results are sanitised.
    return {"MESSAGE=" + sentence(r),
            "PRIORITY=" + std::to_string(r.result == "ok" ? LOG_INFO : LOG_WARNING),
            "IOPRIORITY_EVENT=" + std::string(words_of(r.event).name),
            "IOPRIORITY_CALLER_UID=" + std::to_string(r.caller.uid),
            "IOPRIORITY_CALLER_USER=" + r.caller_user,
            "IOPRIORITY_CALLER=" + r.caller.bus_name,
            "IOPRIORITY_CALLER_PROGRAM=" + r.caller.program,
            "IOPRIORITY_TARGET_PID=" + (r.target.pid == 0 ? "" : std::to_string(r.target.pid)),
            "IOPRIORITY_TARGET_PROGRAM=" + r.target.program,
            "IOPRIORITY_TARGET_UNIT=" + id_of(Kind::unit),
            "IOPRIORITY_TARGET_USER_UNIT=" + id_of(Kind::user_unit),  // any user can name one as they like
            "IOPRIORITY_TARGET_UID=" + (r.target.uid ? std::to_string(*r.target.uid) : ""),
            "IOPRIORITY_TARGET_USER=" + r.target_user,
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
    send({"MESSAGE=" + std::to_string(changes) + " more changes and refusals by uid " + std::to_string(user) +
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
