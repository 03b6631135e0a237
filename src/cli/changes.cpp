// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/changes.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <optional>

#include "cli/json.hpp"
#include "cli/messages.hpp"
#include "cli/password_agent.hpp"
#include "cli/remedy.hpp"
#include "cli/translation.hpp"
#include "cli/verdict.hpp"
#include "client/direct.hpp"
#include "process/process.hpp"
#include "values/ranges.hpp"
#include "values/values.hpp"

namespace iopriority::cli {

namespace {

using policy::Action;

std::string name_of(const Subject& subject) {
    const auto pid = static_cast<pid_t>(subject.target.id());
    const auto process = process::Process::pin(pid != 0 ? pid : ::getpid());
    return process ? process->name() : "?";
}

std::string before_of(const Changed& changed) {
    return changed.before ? changed.before->to_string() : shown(changed.before_breakdown);
}

/// @param changed nothing if it cannot be known
Json record(const Subject& subject, const std::optional<Changed>& changed, Priority wanted, const std::string& by) {
    const bool known = changed && (changed->before || !changed->before_breakdown.empty());
    return {{"target", subject.text()},
            {"processes", changed ? Json(changed->processes) : Json()},
            {"threads", changed ? Json(changed->threads) : Json()},
            {"before", known ? Json(before_of(*changed)) : Json()},
            {"after", !changed || changed->threads > 0 ? Json(wanted.to_string()) : Json()},
            {"left-alone", changed ? Json(changed->left_alone) : Json::object()},
            {"by", by}};
}

/// systemd changes a unit only at its next start, and a start forgets what was set.
void tell_how_to_keep(const Options& options, const Subject& subject, Priority wanted) {
    const auto& name = subject.target.name();
    const auto unit = name.ends_with(".service") && wanted != Priority::none() ? shell_word(name) : std::nullopt;
    auto setting = "IOSchedulingClass=" + wanted.to_string();
    if (const auto colon = setting.find(':'); colon != std::string::npos) {
        setting.replace(colon, 1, "\n    IOSchedulingPriority=");
    }
    if (unit) {
        const bool system = subject.target.kind() == Target::Kind::unit;
        confirm(options, tr("This ends with the unit. To keep it, add with %1:",
                            (system ? "sudo systemctl edit " : "systemctl --user edit ") + *unit) +
                             "\n    [Service]\n    " + setting);
    }
}

/// About the disks below the open files of a single process, otherwise about all disks.
void warn_of_disks(const Options& options, const Subject& subject) {
    const storage::RealFiles files;
    auto looked = subject.is_single() ? look_at_process(files, static_cast<pid_t>(subject.target.id()))
                                      : Expected<Looked>(Failure{});
    if (!looked || queues_of(looked->places).empty()) {
        looked = look_at_all(files);
    }
    if (looked && judge(looked->places) == Verdict::does_nothing && !queues_of(looked->places).empty()) {
        confirm(options, tr("The disk ignores I/O priorities: see %1",
                            "ioprioctl check" + (looked->process ? " " + subject.name : "")));
    }
}

/// @param records gets one for the subject, and one for each member of a list that had ended
void make(Client& client, const Options& options, const Subject& subject, Priority wanted, Json& records, int& status) {
    const auto changed = change(client, options, subject, wanted);
    records.push_back(record(subject, changed, wanted, changed.by_service ? "service" : "kernel"));
    for (const auto& [process, error] : complain_of_ended(client, options, subject, changed)) {
        records.push_back(failure_record(subject_of({process}).text(), error));
    }
    if (changed.left_alone.contains("ended")) {
        status = status_after(status, values::info(ErrorCode::no_such_process).exit_status);
    }
    if (complain_of_uncovered(subject, changed)) {
        status = status_after(status, values::info(ErrorCode::partially_applied).exit_status);
    }
}

/// One request, one action: the strictest that any thread needs. Root needs none, neither for the kernel nor polkit.
/// The kernel checks the real uid as well as the effective one.
/// @param by_kernel what the kernel would have to permit; otherwise what the service would ask polkit about
Action needed(const Subject& subject, Priority wanted, bool by_kernel) {
    auto least = Action::set_other_users_realtime;
    for (const uid_t caller : {::geteuid(), ::getuid()}) {
        engine::Job job(client::direct_target(subject.target).value(),
                        client::direct_order(subject.target, wanted, by_kernel), caller);
        least = std::min(least, client::look(job).value().needed);
    }
    return ::geteuid() == 0 ? Action::none : least;
}

/// The processes of a unit are found by the service alone, which tells everybody.
std::optional<Details> details_of_unit(Client& client, const Options& options, const Target& target) {
    const bool unit = target.kind() == Target::Kind::unit;
    if ((!unit && target.kind() != Target::Kind::user_unit) || options.route == Route::kernel_only) {
        return std::nullopt;
    }
    return client.describe(unit ? Target::unit(target.name()) : Target::user_unit(target.name()), options.call());
}

/// As far as it is known from the owners: a thread of this user may have privileges.
Action needed_for(const std::vector<uid_t>& owners, Priority wanted) {
    auto least = Action::none;
    for (const uid_t owner : owners) {
        least = std::max(least, policy::required(::geteuid(), {owner, false}, wanted));
    }
    return least;
}

std::string forecast(const std::string& change, const std::string& by, const std::string& question) {
    if (by == "nobody") {
        return tr("would set %1; the kernel would refuse, and --via kernel excludes the service", change);
    }
    if (by == "kernel") {  // which asks no one
        return tr("would set %1; by the kernel, polkit would not be asked", change);
    }
    return question.empty() ? tr("would set %1; by the service, polkit would not be asked", change)
                            : tr("would set %1; by the service, which would ask polkit about %2", change, question);
}

/// Says what the change would do. polkit is not asked.
Json tell(Client& client, const Options& options, const Subject& subject, Priority wanted) {
    const auto direct = client::direct_backend();
    auto found = direct->serve({client::What::describe, subject.target});
    std::optional<Changed> change;
    auto action = Action::none;
    bool by_kernel = false;
    std::optional<Details> details;
    if (!found && found.failure().code == ErrorCode::access_denied) {
        details = details_of_unit(client, options, subject.target);
        action = ::geteuid() == 0 ? Action::none
                 : details        ? needed_for(details->users, wanted)
                                  : policy::required(::geteuid(), {::geteuid(), true}, wanted);
    } else {
        details = std::move(found).value().details;
        by_kernel = needed(subject, wanted, true) == Action::none &&
                    direct->in_reach({client::What::set, subject.target, wanted});
        action = needed(subject, wanted, false);
    }
    if (details && !subject.target.keeps_explicit()) {  // else what a thread has from a hold would have to be known
        change = {details->processes, details->threads, false, {}, details->breakdown, {}};
    }
    const bool by_service =
        options.route == Route::service_only || (options.route == Route::kernel_first && !by_kernel);
    const std::string by = by_service ? "service" : by_kernel ? "kernel" : "nobody";
    const std::string question = action == Action::none ? "" : policy::id(action);
    if (options.json == JsonStyle::none) {
        const auto text =
            change ? change_line(options, subject, *change, wanted) : subject.called() + ": " + wanted.to_string();
        std::cout << forecast(text, by, question) << '\n';
    }
    warn_of_process_1(subject, wanted);
    auto told = record(subject, change, wanted, by);
    told["action"] = question.empty() ? Json() : Json(question);
    told["dry-run"] = true;
    return told;
}

int set(const Options& options, const Arguments& arguments) {
    if (arguments.empty()) {
        throw UsageError(tr("no priority and no process id"));
    }
    const auto wanted = parse_leading_priority(arguments);
    return change_each(options, parse_subjects(options, arguments, 1), wanted);
}

}  // namespace

std::string change_line(const std::string& who, const std::string& what, unsigned count, const std::string& before,
                        Priority after) {
    return tr("%1 (%2, %3): %4 -> %5", who, what, threads(count), before, after.to_string());
}

std::string change_line(const Options& options, const Subject& subject, const Changed& changed, Priority after) {
    return subject.is_single() && options.host.empty()  // another machine has another /proc
               ? change_line(subject.name, name_of(subject), changed.threads, before_of(changed), after)
               : change_line(subject.called(), processes(changed.processes), changed.threads, before_of(changed),
                             after);
}

std::map<pid_t, NoSuchProcess> complain_of_ended(Client& client, const Options& options, const Subject& subject,
                                                 const Changed& changed) {
    std::map<pid_t, NoSuchProcess> ended;
    if (!changed.left_alone.contains("ended")) {
        return ended;
    }
    try {
        const auto all = Target::processes(subject.target.pids());
        for (const auto& [process, details] : client.describe(all, options.call()).each) {
            if (!details) {
                const std::string english = "process " + std::to_string(process) + " does not exist, or has ended";
                complain(tr("process %1 does not exist, or has ended", process));
                ended.emplace(process, NoSuchProcess(ErrorCode::no_such_process, english));
            }
        }
        // A long list is not described to its end; and others may have ended since.
        const auto all_ended = changed.left_alone.at("ended");
        if (all_ended > ended.size()) {
            const auto more = all_ended - ended.size();
            complain(tr_n(more, "%1 more process does not exist, or has ended",
                          "%1 more processes do not exist, or have ended", more));
        }
    } catch (const Error& error) {  // what was set is set
        complain(error, options, subject.called());
    }
    return ended;
}

bool complain_of_uncovered(const Subject& subject, const Changed& changed) {
    const auto count_of = [&changed](const char* reason) {
        const auto found = changed.left_alone.find(reason);
        return found != changed.left_alone.end() ? found->second : 0U;
    };
    const unsigned uncovered = count_of("joined") + count_of("privileged");
    const unsigned contested = count_of("contested");
    const unsigned executing = count_of("executing");
    if (uncovered > 0) {
        // Translators: %1 is a target, %2 "3 threads".
        complain(
            tr("%1: left alone, since they joined, changed owner or gained privileges after the authorization: %2; "
               "try again",
               subject.called(), threads(uncovered)));
    }
    if (contested > 0) {
        const auto them = threads(contested);
        // Translators: %1 is a target, %2 "3 threads".
        complain(tr("%1: left alone, since another program keeps setting them: %2", subject.called(), them));
    }
    if (executing > 0) {
        const auto them = processes(executing);
        // Translators: %1 is a target, %2 "3 processes".
        complain(tr("%1: left alone, since they were executing a program: %2; try again", subject.called(), them));
    }
    return uncovered + contested + executing > 0;
}

void warn_of_process_1(const Subject& subject, Priority wanted) {
    const auto& target = subject.target;
    const bool included = values::contains(target.pids(), 1) ||
                          (target.kind() == Target::Kind::group && target.id() == 1) ||
                          (target.kind() == Target::Kind::unit && target.name() == "init.scope");
    if (included && wanted != Priority::none()) {
        complain(tr("process 1 starts all services: each one that it starts from now on inherits this priority"));
    }
}

Changed change(Client& client, const Options& options, const Subject& subject, Priority wanted) {
    auto changed =
        with_password(options, [&](const CallOptions& how) { return client.set(subject.target, wanted, how); });
    if (changed.threads > 0) {
        warn_of_process_1(subject, wanted);
    }
    if (changed.threads == 0 && changed.left_alone.contains("explicit") && changed.left_alone.size() == 1) {
        confirm(options, tr("%1: nothing to set, all of its threads have a priority of their own", subject.called()));
    } else if (confirms(options)) {
        confirm(options, with_doer(options, change_line(options, subject, changed, wanted), changed.by_service));
        if (options.host.empty()) {
            tell_how_to_keep(options, subject, wanted);
        }
    }
    return changed;
}

int change_each(const Options& options, const std::vector<Subject>& subjects, Priority wanted) {
    auto client = options.client();
    int status = exit_ok;
    auto records = Json::array();
    for (const auto& subject : subjects) {
        try {
            if (options.dry_run) {
                records.push_back(tell(client, options, subject, wanted));
            } else {
                make(client, options, subject, wanted, records, status);
            }
        } catch (const Error& error) {
            complain(error, options, subject);
            status = status_after(status, status_of(error));
            records.push_back(failure_record(subject.text(), error));
        }
    }
    if (!options.dry_run && status == exit_ok && options.host.empty() && ::isatty(STDOUT_FILENO) == 1) {
        warn_of_disks(options, subjects.front());
    }
    if (options.json != JsonStyle::none) {
        std::cout << json_text(records, options.json);
    }
    return status;
}

const Command set_command{
    "set",
    "CLASS[:LEVEL] [--tree] PID... [--unit NAME]",
    translatable("set the priority of processes, groups, units or users"),
    translatable(
        "CLASS is none, idle, best-effort or realtime; the last two have levels from 0 (served first) to 7 "
        "(last), 4 if none is given. Or a word: background (idle), low (best-effort:7), normal (none), high "
        "(best-effort:0).\n"
        "\n"
        "--group, --unit, --user-unit and --user may be given several times.\n"
        "\n"
        "Your own processes need no permission, except for realtime. What needs permission goes through the "
        "system service, which asks polkit; polkit may ask for a password. All PIDs together are one request "
        "with one authorization: without it, none is set. Those that have ended are skipped. Each group, unit and "
        "user is a request of its own. Changes are reported only at a terminal."),
    Special::target | Special::keep_explicit | Special::json | Special::dry_run | Special::host | Special::quiet |
        Special::verbose | Special::via | Special::ask,
    set};

}  // namespace iopriority::cli
