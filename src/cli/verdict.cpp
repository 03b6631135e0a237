// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/verdict.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "cli/layout.hpp"
#include "cli/messages.hpp"
#include "cli/table.hpp"
#include "cli/translation.hpp"
#include "values/ranges.hpp"

namespace iopriority::cli {

namespace {

using storage::Arrival;
using storage::Honours;
using storage::Medium;
using storage::Queue;

/// "a", "a and b", "a, b and c", "a, b, c and 9 more".
std::string joined(const std::vector<std::string>& names) {
    constexpr std::size_t most = 8;
    if (names.size() < 2) {
        return values::joined(names);
    }
    const auto listed = std::min(names.size() - 1, most);
    const auto text = values::joined(std::span(names).first(listed));
    // Translators: "sda, sdb and sdc"
    return names.size() <= most ? tr("%1 and %2", text, names.back()) : tr("%1 and %2 more", text, names.size() - most);
}

std::string way_down(const Place& place) {
    const auto& levels = place.storage.levels;
    std::string text;
    for (const auto& level : levels) {
        // A device that was named directly is in the text already.
        const bool said = level.size() == 1 && place.name == "/dev/" + level.front();
        if (!said) {
            // Translators: "btrfs on dm-0 on sda", each made from the one before
            text = text.empty() ? joined(level) : tr("%1 on %2", text, joined(level));
        }
    }
    return (!text.empty()    ? tr("%1 is on %2", place.name, text)
            : levels.empty() ? place.name
                             : tr("%1 is a disk", place.name)) +
           '\n';
}

std::string effect_of(const Queue& queue) {
    if (queue.effect != Honours::nothing) {
        return queue.effect == Honours::all ? tr("honoured") : tr("honoured by class, not by level");
    }
    const auto loop = storage::device_name(queue.loop);
    if (queue.arrival == Arrival::lost) {
        return tr("lost: %1 does its I/O in the kernel's name", loop);
    }
    if (queue.arrival == Arrival::forwarded && queue.device.scheduler == "bfq") {
        return tr("not seen by bfq: %1 does its I/O in the kernel's name", loop);
    }
    return queue.schedulers.empty() ? tr("ignored: it has no scheduler") : tr("ignored");
}

std::string table_of(const std::vector<Queue>& queues) {
    Table table({{tr("DISK")}, {tr("SCHEDULER")}, {tr("I/O PRIORITIES")}});
    std::set<std::vector<std::string>> rows;
    for (const auto& queue : queues) {
        const std::vector<std::string> row{queue.device.name, queue.schedulers.empty() ? "-" : queue.device.scheduler,
                                           effect_of(queue)};
        if ((queue.last || queue.device.honours != Honours::nothing) && rows.insert(row).second) {
            table.add(row);
        }
    }
    return !rows.empty() ? '\n' + table.to_string() : "";
}

bool any_has(const std::vector<Queue>& queues, Honours effect) {
    return std::ranges::find(queues, effect, &Queue::effect) != queues.end();
}

/// Why there is no disk to report on; empty if there is one.
std::string reason(const storage::Storage& storage) {
    static const std::map<Medium, const char*> reasons{
        {Medium::disk, translatable("Part of what is below cannot be seen from here.")},
        {Medium::memory, translatable("%1 is not on a disk: there is nothing that a priority could act on.")},
        {Medium::network, translatable("%1 is on another machine, which does the work and is not told the priority.")},
        {Medium::program, translatable("%1 is served by a program (FUSE), which works under its own priority.")},
        {Medium::zfs, translatable("zfs has a scheduler of its own, which does not know priorities.")},
        {Medium::unknown, translatable("The disk below cannot be found from here: this may be a container.")}};
    return storage.medium == Medium::disk && storage.complete ? "" : tr(reasons.at(storage.medium), storage.type);
}

std::string sentence(Verdict verdict, const Looked& looked, const std::vector<Queue>& queues) {
    if (!looked.path && !looked.process) {
        if (queues.empty()) {
            return tr("There are no disks here.");
        }
        const auto any = std::ranges::count_if(queues, [](const Queue& q) { return q.effect != Honours::nothing; });
        return tr_n(queues.size(), "I/O priorities have an effect on %1 of %2 disk.",
                    "I/O priorities have an effect on %1 of %2 disks.", any, queues.size());
    }
    if (looked.places.empty()) {
        return tr("It has nothing open on a disk: name a path instead.");
    }
    switch (verdict) {
        case Verdict::acts:
            return tr("I/O priorities have an effect here.");
        case Verdict::acts_by_class:
            return any_has(queues, Honours::all)
                       ? tr("I/O priorities have an effect here; their levels only where the scheduler is bfq.")
                       : tr("I/O priorities have an effect here, by class: the levels 0 to 7 make no difference.");
        case Verdict::acts_partly:
            return tr("I/O priorities have an effect on only a part of this.");
        case Verdict::is_unknown:
            return tr("Whether I/O priorities have an effect here is not known.");
        case Verdict::does_nothing:
            break;
    }
    return tr("I/O priorities have no effect here.");
}

void add_facts(const ProcessFacts& process, const std::vector<Queue>& queues, std::vector<std::string>& notes) {
    const bool by_bfq = std::ranges::any_of(
        queues, [](const Queue& q) { return q.effect != Honours::nothing && q.device.scheduler == "bfq"; });
    const auto& priority = process.priority;
    if (is_default(priority) && process.pid != 1) {  // what services start with
        notes.push_back(tr("Nothing is set on the process: it counts as %1 (%2). To lower it: %3",
                           priority.effective.to_string(), priority.source,
                           "ioprioctl set idle " + std::to_string(process.pid)));
    }
    const auto& cgroup = process.cgroup;
    if (!cgroup.limit.empty()) {
        notes.push_back(tr("Its control group limits I/O (%1): what waits at that limit is not ordered by priority.",
                           cgroup.limit));
    }
    if (cgroup.latency) {
        notes.push_back(tr("A latency target (io.latency) of its control group can delay it, whatever its priority."));
    }
    if (!cgroup.policy.empty() && cgroup.policy != "none") {
        notes.push_back(
            tr("Its control group changes the class of its requests (io.prio.class: %1); bfq does not look at that.",
               cgroup.policy));
    }
    if (cgroup.weighed && by_bfq) {
        notes.push_back(tr(
            "bfq orders by priority inside one control group; against other groups only idle acts (see io.weight)."));
    }
}

std::vector<std::string> notes_on(const Looked& looked, const std::vector<Queue>& queues) {
    std::vector<std::string> notes;
    const auto add = [&](const std::string& note) {
        if (!note.empty()) {
            values::add_once(notes, note);
        }
    };
    for (const auto& place : looked.places) {
        add(reason(place.storage));
        for (const auto& device : place.storage.encrypted) {
            add(tr("Writes to %1 can lose the priority: threads of the kernel encrypt them and hand them on.", device));
        }
        add(place.storage.compressed
                ? tr("btrfs compresses here: compressed writes are the kernel's own, without priority.")
                : "");
    }
    if (looked.process && !looked.places.empty()) {
        add_facts(*looked.process, queues, notes);
    }
    if (any_has(queues, Honours::classes)) {
        add(tr("Under mq-deadline, idle work may never finish while others keep the disk busy."));
    }
    if (!queues.empty()) {
        add(
            tr("Ordinary (buffered) writes never carry a priority: the kernel writes them to disk later, in its own "
               "name. Only reads and direct writes (O_DIRECT) do."));
    }
    return notes;
}

std::string heading(const Looked& looked) {
    std::string text;
    if (looked.process) {
        const auto& process = *looked.process;
        const auto priority = shown(process.priority.breakdown);
        text = (looked.places.empty()
                    ? tr("Process %1 (%2), priority %3, has no files open", process.pid, process.name, priority)
                    : tr("Process %1 (%2), priority %3, has files open:", process.pid, process.name, priority)) +
               '\n';
    }
    for (const auto& place : looked.places) {
        text += looked.path ? way_down(place) : looked.process ? "  " + way_down(place) : "";
    }
    return text;
}

}  // namespace

std::vector<Queue> queues_of(const std::vector<Place>& places) {
    std::vector<Queue> queues;
    for (const auto& place : places) {
        for (const auto& queue : place.storage.queues) {
            if (std::ranges::none_of(queues, [&](const Queue& other) { return queue.is_same(other); })) {
                queues.push_back(queue);
            }
        }
    }
    return queues;
}

Verdict judge(const std::vector<Place>& places) {
    bool with_effect = false;
    bool without = false;
    bool levels = true;
    bool unknown = false;
    for (const auto& place : places) {
        unknown |= place.storage.medium == Medium::unknown;
        // Files in memory involve no disk.
        without |= place.storage.medium != Medium::disk && place.storage.medium != Medium::memory;
        for (const auto& queue : place.storage.queues) {
            if (queue.last) {
                with_effect |= queue.effect != Honours::nothing;
                without |= queue.effect == Honours::nothing;
                levels &= queue.effect == Honours::all;
            }
        }
    }
    if (!with_effect) {
        return unknown && queues_of(places).empty() ? Verdict::is_unknown : Verdict::does_nothing;
    }
    return without ? Verdict::acts_partly : levels ? Verdict::acts : Verdict::acts_by_class;
}

std::string report(const Looked& looked) {
    const auto queues = queues_of(looked.places);
    std::string text = heading(looked) + table_of(queues);
    text.erase(0, text.starts_with('\n') ? 1 : 0);
    text += '\n' + sentence(judge(looked.places), looked, queues) + '\n';
    for (const auto& note : notes_on(looked, queues)) {
        text += wrapped(note);
    }
    return text;
}

}  // namespace iopriority::cli
