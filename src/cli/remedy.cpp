// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/remedy.hpp"

#include <algorithm>
#include <map>

#include "cli/layout.hpp"
#include "cli/translation.hpp"
#include "storage/devices.hpp"
#include "values/ranges.hpp"
#include "values/text.hpp"

namespace iopriority::cli {

namespace {

using storage::Arrival;
using storage::Honours;
using storage::Queue;

/// A name without special meaning to a shell (in single quotes), to udev, or in a path.
bool is_plain(std::string_view name) {
    constexpr std::size_t longest = 64;
    return name.size() <= longest && values::is_word(name, "_-.:!") && name.front() != '.' && name.front() != '-';
}

std::string quoted_path(const std::string& path) {
    return path.find('!') == std::string::npos ? path : '\'' + path + '\'';
}

/// The best scheduler for this queue; empty if none is suitable.
std::string best_scheduler(const Queue& queue, bool bfq_module) {
    const auto listed = [&](std::string_view name) { return values::contains(queue.schedulers, name); };
    if (queue.schedulers.empty()) {
        return "";
    }
    // bfq uses the priority of the thread, which is a kernel thread behind a loop device.
    if (queue.arrival == Arrival::whole && (listed("bfq") || bfq_module)) {
        return "bfq";
    }
    return listed("mq-deadline") ? "mq-deadline" : "";
}

/// Whether a line assigns the scheduler; comments and comparisons do not count.
bool sets_scheduler(std::string_view rules) {
    constexpr std::string_view key = "ATTR{queue/scheduler}=";
    while (!rules.empty()) {
        const auto line = storage::take_word(rules, '\n');
        const auto first = line.find_first_not_of(" \t");
        const auto found = line.find(key);
        if (found != std::string_view::npos && line[first] != '#' && line.substr(found + key.size()).starts_with('"')) {
            return true;
        }
    }
    return false;
}

/// The lines, all starting at the same column, the first one after the title.
std::string indented(const std::vector<std::string>& lines, const std::string& title, std::size_t column) {
    std::string text;
    for (const auto& line : lines) {
        text += text.empty() ? title + std::string(column - width(title), ' ') : std::string(column, ' ');
        text += line + '\n';
    }
    return text;
}

}  // namespace

std::optional<std::string> shell_word(const std::string& word) {
    if (word.empty() || values::sanitised(word, word.size()) != word) {
        return std::nullopt;
    }
    const auto path = word.front() == '-' ? "./" + word : word;
    if (values::is_word(path, "_-./:@%+=,")) {
        return path;
    }
    std::string quoted = "'";
    for (const char c : path) {
        quoted += c == '\'' ? R"('\'')" : std::string(1, c);
    }
    return quoted + '\'';
}

bool has_bfq_module(const storage::Files& files, const std::string& release) {
    constexpr std::size_t largest = 16 << 20;
    const auto list = files.read("/lib/modules/" + release + "/modules.dep", largest);
    return list && list->find("/bfq.ko") != std::string::npos;
}

std::vector<std::string> scheduler_rules(const storage::Files& files) {
    std::map<std::string, std::string> by_name;  // a file hides files of the same name in later directories
    for (const std::string directory :
         {"/etc/udev/rules.d/", "/run/udev/rules.d/", "/usr/local/lib/udev/rules.d/", "/usr/lib/udev/rules.d/"}) {
        const auto names = files.list(directory);
        for (const auto& name : names ? *names : std::vector<std::string>()) {
            if (name.ends_with(".rules")) {
                by_name.emplace(name, directory + name);
            }
        }
    }
    std::vector<std::string> setting;
    for (const auto& [name, path] : by_name) {
        if (const auto text = files.read(path); text && sets_scheduler(*text)) {
            setting.push_back(values::sanitised(path));
        }
    }
    return setting;
}

Remedies find_remedies(const std::vector<Queue>& queues, bool bfq_module) {
    Remedies remedies;
    for (const auto& queue : queues) {
        if (!queue.last || queue.effect != Honours::nothing) {
            continue;
        }
        const auto scheduler = best_scheduler(queue, bfq_module);
        const bool lost = queue.arrival == Arrival::lost;
        if (scheduler.empty()) {
            remedies.hopeless.push_back(tr("%1 has no scheduler that honours priorities.", queue.device.name));
            remedies.limited = is_plain(queue.name) && !queue.hidden ? queue.name : remedies.limited;
            continue;
        }
        if (!is_plain(queue.name) || (lost && !is_plain(queue.loop))) {
            remedies.hopeless.push_back(
                tr("%1: the name has unusual characters, so no command is shown.", queue.device.name));
            continue;
        }
        if (lost) {
            values::add_once(remedies.loops, queue.loop);
        }
        const auto known = std::ranges::find(remedies.choices, queue.name, &Remedies::Choice::disk);
        if (scheduler != queue.device.scheduler && known == remedies.choices.end()) {
            remedies.choices.push_back({queue.name, scheduler, !queue.hidden});
            if (queue.hidden) {
                remedies.hopeless.push_back(tr("%1 is hidden from udev: no rule can keep this.", queue.device.name));
            }
            remedies.bfq_on_nvme |= scheduler == "bfq" && queue.name.starts_with("nvme");
            remedies.load_bfq |= scheduler == "bfq" && !values::contains(queue.schedulers, scheduler);
        }
    }
    return remedies;
}

std::string advice(const Remedies& remedies, const std::string& argument, bool append) {
    std::vector<std::string> now;
    for (const auto& loop : remedies.loops) {
        now.push_back("sudo losetup --direct-io=on " + quoted_path("/dev/" + storage::device_name(loop)));
    }
    if (remedies.load_bfq) {
        now.emplace_back("sudo modprobe bfq");
    }
    for (const auto& choice : remedies.choices) {
        now.push_back("echo " + choice.scheduler + " | sudo tee " +
                      quoted_path("/sys/block/" + choice.disk + "/queue/scheduler"));
    }
    const auto to_try = tr("To try now:");
    const auto to_keep = tr("To keep:");
    constexpr std::size_t gap = 3;
    const auto column = std::max(width(to_try), width(to_keep)) + gap;
    auto text = indented(now, to_try, column);
    const auto word = shell_word(argument);
    if (!udev_rule(remedies).empty()) {
        text += indented({"ioprioctl check --udev-rule " + (word ? *word + " " : "") + "| sudo tee " +
                          (append ? "-a " : "") + std::string(rule_file)},
                         to_keep, column);
        if (!remedies.rules.empty()) {
            text +=
                wrapped(tr("These udev rules choose schedulers now; for each disk the last one that matches decides:"));
        }
        for (const auto& file : remedies.rules) {
            text += "  " + file + '\n';
        }
    }
    for (const auto& sentence : remedies.hopeless) {
        text += sentence + '\n';
    }
    if (!remedies.limited.empty()) {
        const std::string set_property = "  sudo systemctl set-property --runtime UNIT ";
        text += wrapped(tr("For a unit of the system manager, a limit works there, and a weight if io.cost is set up. "
                           "By default, a user manager is not delegated the io controller, so neither reaches its "
                           "units:")) +
                set_property + "'IOReadBandwidthMax=/dev/" + storage::device_name(remedies.limited) + " 20M'\n" +
                set_property + "IOWeight=10\n";
    }
    if (remedies.bfq_on_nvme) {
        text +=
            wrapped(tr("bfq takes processor time for each request, which can slow down a fast NVMe disk; mq-deadline "
                       "takes less, and honours the classes."));
    }
    return text;
}

std::string udev_rule(const Remedies& remedies) {
    std::string rules;
    std::string trigger = "sudo udevadm trigger --action=change";
    for (const auto& choice : remedies.choices) {
        if (choice.by_rule) {
            const auto name = storage::device_name(choice.disk);
            rules += R"(ACTION=="add|change", SUBSYSTEM=="block", ENV{DEVTYPE}=="disk", KERNEL==")" + name +
                     R"(", ATTR{queue/scheduler}=")" + choice.scheduler + "\"\n";
            trigger += " --sysname-match=" + name;
        }
    }
    return rules.empty() ? rules
                         : "# An I/O scheduler that honours I/O priorities; written by ioprioctl check --udev-rule.\n"
                           "# Put this into " +
                               std::string(rule_file) +
                               ". It takes effect at the next boot,\n"
                               "# or now, with: " +
                               trigger + '\n' + rules;
}

}  // namespace iopriority::cli
