// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/changes.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <optional>

#include "cli/json.hpp"
#include "cli/messages.hpp"
#include "cli/password_agent.hpp"
#include "cli/translation.hpp"
#include "client/direct.hpp"
#include "process/process.hpp"

namespace iopriority::cli {

namespace {

using policy::Action;

bool is_single(const Subject& subject) {
    return subject.target.kind() == Target::Kind::process && !subject.target.descendants();
}

/// A change that was made, or would be.
struct Change {
    const Subject& subject;
    Priority wanted;
    std::optional<Changed> counts{};  ///< nothing where they cannot be known
    std::string name = "?";           ///< of a single process
    std::string before = "?";         ///< what such a one had

    /// "812 (rsync, 4 threads): none -> idle"
    [[nodiscard]] std::string text() const {
        if (!counts) {
            return subject.called() + ": " + wanted.to_string();
        }
        return is_single(subject)
                   ? change_line(static_cast<pid_t>(subject.target.id()), name, counts->threads, before, wanted)
                   : change_line(subject.called(), *counts, wanted);
    }
    [[nodiscard]] Json record(const std::string& by) const {
        return {{"target", subject.text()},
                {"processes", counts ? Json(counts->processes) : Json()},
                {"threads", counts ? Json(counts->threads) : Json()},
                {"before", counts && is_single(subject) ? Json(before) : Json()},
                {"after", wanted.to_string()},
                {"by", by}};
    }
};

/// What is told of a process that is changed; it takes reading, so only where it will be told.
void look_before(const Options& options, Client& client, Change& change) {
    const auto pid = static_cast<pid_t>(change.subject.target.id());
    const bool told = confirms(options) || options.json != JsonStyle::none;
    if (!is_single(change.subject) || !told || !options.host.empty()) {  // /proc is that of this machine
        return;
    }
    if (const auto process = process::Process::pin(pid)) {
        change.name = process->name();
        try {
            change.before = shown(client.describe(Target::process(pid), {Route::kernel_only, false, {}}));
        } catch (const Error&) {
            return;
        }
    }
}

Json make(Client& client, const Options& options, const Subject& subject, Priority wanted) {
    Change change{subject, wanted};
    look_before(options, client, change);
    change.counts =
        with_password(options, [&](const CallOptions& how) { return client.set(subject.target, wanted, how); });
    if (confirms(options)) {
        confirm(options, with_doer(options, change.text(), change.counts->by_service));
    }
    return change.record(change.counts->by_service ? "service" : "kernel");
}

/// One request, one question: the strictest that any thread needs. Root is asked nothing, by the kernel as by polkit.
/// The kernel goes by the real uid as well as by the effective one.
/// @param by_kernel what its permission would have to stand for; else what the service would ask polkit about
Action needed(const Subject& subject, Priority wanted, bool by_kernel, std::string& program) {
    auto least = Action::set_other_users_realtime;
    for (const uid_t caller : {::geteuid(), ::getuid()}) {
        engine::Job job(client::direct_target(subject.target).value(),
                        {wanted, subject.target.keeps_explicit(), by_kernel}, caller);
        least = std::min(least, client::look(job).value().needed);
        program = job.name().program;
    }
    return ::geteuid() == 0 ? Action::none : least;
}

std::string forecast(const std::string& change, const std::string& by, const std::string& question) {
    if (by == "nobody") {
        return tr("would set %1; the kernel would refuse, and the service is forbidden by --via kernel", change);
    }
    if (by == "kernel") {  // which asks nobody
        return tr("would set %1; by the kernel, polkit would not be asked", change);
    }
    return question.empty() ? tr("would set %1; by the service, polkit would not be asked", change)
                            : tr("would set %1; by the service, which would ask polkit about %2", change, question);
}

/// Says what would come of it. polkit is not asked.
Json tell(const Options& options, const Subject& subject, Priority wanted) {
    const auto direct = client::direct_backend();
    auto found = direct->serve({client::What::describe, subject.target});
    Change change{subject, wanted};
    auto action = Action::none;
    bool by_kernel = false;
    if (!found && (subject.target.kind() == Target::Kind::unit || found.failure().code == ErrorCode::access_denied)) {
        // Whose the processes are, only the service finds out.
        action = ::geteuid() == 0 ? Action::none : policy::required(::geteuid(), {::geteuid(), true}, wanted);
    } else {
        const auto details = std::move(found).value().details;
        by_kernel = needed(subject, wanted, true, change.name) == Action::none &&
                    direct->in_reach({client::What::set, subject.target, wanted});
        action = needed(subject, wanted, false, change.name);
        change.counts = {details.processes, details.threads, false};
        change.before = shown(details);
    }
    const bool by_service =
        options.route == Route::service_only || (options.route == Route::kernel_first && !by_kernel);
    const std::string by = by_service ? "service" : by_kernel ? "kernel" : "nobody";
    const std::string question = action == Action::none ? "" : policy::id(action);
    if (options.json == JsonStyle::none) {
        std::cout << forecast(change.text(), by, question) << '\n';
    }
    auto record = change.record(by);
    record["action"] = question.empty() ? Json() : Json(question);
    record["dry-run"] = true;
    return record;
}

}  // namespace

std::string change_line(pid_t pid, const std::string& name, unsigned count, const std::string& before, Priority after) {
    return tr("%1 (%2, %3): %4 -> %5", pid, name, threads(count), before, after.to_string());
}

std::string change_line(const std::string& text, const Changed& changed, Priority after) {
    return tr("%1 (%2, %3): %4", text, processes(changed.processes), threads(changed.threads), after.to_string());
}

int change_each(const Options& options, const std::vector<Subject>& subjects, Priority wanted) {
    auto client = options.client();
    Outcome outcome;
    auto records = Json::array();
    for (const auto& subject : subjects) {
        try {
            records.push_back(options.dry_run ? tell(options, subject, wanted)
                                              : make(client, options, subject, wanted));
        } catch (const Error& error) {
            complain(error, options);
            outcome.failed(error);
        }
    }
    if (options.json != JsonStyle::none) {
        std::cout << json_text(records, options.json);
    }
    return outcome.status();
}

}  // namespace iopriority::cli
