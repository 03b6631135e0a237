// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include <sys/utsname.h>

#include <array>
#include <iostream>

#include "cli/arguments.hpp"
#include "cli/json.hpp"
#include "cli/messages.hpp"
#include "cli/remedy.hpp"
#include "cli/suggestion.hpp"
#include "cli/translation.hpp"
#include "cli/verdict.hpp"
#include "values/values.hpp"

namespace iopriority::cli {

namespace {

Expected<Looked> look(const storage::Files& files, const Arguments& arguments) {
    if (arguments.empty()) {
        return look_at_all(files);
    }
    const auto& word = arguments.front();
    return is_digits(word) ? look_at_process(files, parse_pid(word)) : look_at_path(files, word);
}

Remedies remedies_for(const storage::Files& files, const Looked& looked) {
    utsname system{};
    const std::string release = ::uname(&system) == 0 ? static_cast<const char*>(system.release) : "";
    return find_remedies(queues_of(looked.places), has_bfq_module(files, release));
}

int status_of(const Looked& looked) {
    const auto verdict = judge(looked.places);
    return verdict == Verdict::acts || verdict == Verdict::acts_by_class ? exit_ok : exit_failed;
}

int print_rule(const Options& options, const Looked& looked, const Remedies& remedies) {
    const auto rule = udev_rule(remedies);
    if (!rule.empty()) {
        std::cout << rule;
        return exit_ok;
    }
    const int status = status_of(looked);
    if (status != exit_ok) {
        complain(tr("no udev rule can help here: see %1 without --udev-rule", "ioprioctl check"));
    } else if (!options.quiet) {
        complain(tr("nothing to do: I/O priorities have an effect already"));
    }
    return status;
}

constexpr std::array<const char*, 5> words{"all", "classes", "partly", "nothing", "unknown"};  // of a Verdict

Json record(const Looked& looked) {
    auto disks = Json::array();
    for (const auto& queue : queues_of(looked.places)) {
        disks.push_back({{"device", queue.device.name},
                         {"scheduler", queue.device.scheduler},
                         {"honours", storage::to_string(queue.device.honours)},
                         {"effect", storage::to_string(queue.effect)}});
    }
    Json places;
    if (looked.path || looked.process) {
        places = Json::array();
        for (const auto& place : looked.places) {
            places.push_back(place.name);
        }
    }
    const auto& process = looked.process;
    return {{"pid", process ? Json(process->pid) : Json()},
            {"command", process ? Json(process->name) : Json()},
            {"priority", process ? Json(process->priority.set.to_string()) : Json()},
            {"places", places},
            {"effect", words.at(static_cast<std::size_t>(judge(looked.places)))},
            {"disks", disks}};
}

int run(const Options& options, const Arguments& arguments) {
    if (arguments.size() > 1) {
        throw UsageError(tr("unexpected argument %1: %2 takes at most one", shown(arguments.at(1)), "check"));
    }
    const storage::RealFiles files;
    const auto looked = look(files, arguments);
    if (!looked) {
        const auto& [code, message] = looked.failure();
        complain(message + (arguments.empty() ? "" : suggestion_for_path(arguments.front())));
        if (options.json != JsonStyle::none) {
            std::cout << json_text(
                failure_record(arguments.empty() ? "" : values::sanitised(arguments.front()), Error(code, message)),
                options.json);
        }
        return values::info(code).exit_status;
    }
    auto remedies = remedies_for(files, *looked);
    if (options.udev_rule) {
        return print_rule(options, *looked, remedies);
    }
    if (options.json != JsonStyle::none) {
        std::cout << json_text(record(*looked), options.json);
    } else if (!options.quiet) {
        remedies.rules = scheduler_rules(files);
        const auto help = advice(remedies, arguments.empty() ? "" : arguments.front(),
                                 files.status(std::string(rule_file)).has_value());
        std::cout << report(*looked) << (help.empty() ? "" : "\n") << help;
    }
    return status_of(*looked);
}

}  // namespace

const Command check_command{
    "check",
    "[--udev-rule] [PID|PATH]",
    translatable("show whether priorities have an effect"),
    translatable(
        "Checks the disks below a file, a directory or a block device, or those below the files and directories that a "
        "process has open; without an argument, all disks. For a file whose name is a number, write ./NUMBER.\n"
        "\n"
        "The I/O scheduler of the disk decides whether a priority has an effect: bfq honours classes and levels, "
        "mq-deadline the classes, none (usual for NVMe) and kyber nothing. It also shows what else "
        "prevents an effect, and what can be done.\n"
        "\n"
        "The exit status is 0 if priorities have an effect on every disk found, and 1 if on none or only on "
        "some, or if that is not known. With --udev-rule it is 0 also if there is nothing to do; then the output is "
        "empty. With -q only the exit status answers."),
    Special::udev_rule | Special::json | Special::quiet,
    run};

}  // namespace iopriority::cli
