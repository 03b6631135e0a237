// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "process/proc_text.hpp"

#include <algorithm>

#include "values/number.hpp"

namespace iopriority::process {

namespace {

using values::number;

constexpr std::string_view blanks = " \t";

// Takes the next word off the text; empty at the end.
std::string_view take_word(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    const auto word = text.substr(0, text.find_first_of(blanks));
    text.remove_prefix(word.size());
    return word;
}

// The rest of the line that begins with the key, such as "Uid:". Removes it and everything before it from the text.
// Nothing if there is no such line. A process name cannot contain a newline here, as the kernel escapes it. Only whole
// lines count: a truncated number cannot be told from a whole one.
std::optional<std::string_view> take_line(std::string_view& text, std::string_view key) {
    for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
        const auto one = text.substr(0, end);
        text.remove_prefix(end + 1);
        if (one.starts_with(key)) {
            return one.substr(key.size());
        }
    }
    return std::nullopt;
}

template <typename T>
std::optional<T> take_number(std::string_view& text, std::string_view key, int base = 10) {
    auto rest = take_line(text, key);
    return rest ? number<T>(take_word(*rest), base) : std::nullopt;
}

}  // namespace

std::optional<ProcStatus> parse_status(std::string_view text) {
    // In the kernel's order.
    const auto process = take_number<pid_t>(text, "Tgid:");
    const auto parent = take_number<pid_t>(text, "PPid:");
    const auto uid = take_number<uid_t>(text, "Uid:");
    auto namespaces = take_line(text, "NSpid:");
    const auto permitted = take_number<std::uint64_t>(text, "CapPrm:", 16);
    if (!uid || !permitted || !process || !parent || !namespaces) {
        return std::nullopt;
    }
    ProcStatus status{*uid, *permitted, 0, *process, *parent};
    while (!take_word(*namespaces).empty()) {
        ++status.pid_namespaces;
    }
    return status;
}

std::optional<ProcStat> parse_stat(std::string_view text) {
    const auto name_end = text.rfind(')');
    if (name_end == std::string_view::npos) {
        return std::nullopt;
    }
    text.remove_prefix(name_end + 1);
    const auto state = take_word(text);
    const auto parent = number<pid_t>(take_word(text));
    const auto group = number<pid_t>(take_word(text));
    for (int skipped = 6; skipped <= 8; ++skipped) {  // session, tty_nr, tpgid
        take_word(text);
    }
    const auto flags = number<unsigned>(take_word(text));
    for (int skipped = 10; skipped <= 19; ++skipped) {  // minflt to nice
        take_word(text);
    }
    const auto threads = number<unsigned>(take_word(text));
    take_word(text);  // itrealvalue
    const auto start = number<std::uint64_t>(take_word(text));
    const bool cut_off = text.empty();
    if (state.size() != 1 || !parent || !group || !flags || !threads || !start || cut_off) {
        return std::nullopt;
    }
    return ProcStat{state.front(), *parent, *group, *flags, *start, *threads};
}

std::string_view name_in_stat(std::string_view text) {
    const auto begin = text.find('(');
    const auto end = text.rfind(')');
    return begin < end && end != std::string_view::npos ? text.substr(begin + 1, end - begin - 1) : std::string_view{};
}

std::optional<ProcIo> parse_io(std::string_view text) {
    const auto read = take_number<std::uint64_t>(text, "read_bytes:");
    const auto written = take_number<std::uint64_t>(text, "write_bytes:");
    const auto cancelled = take_number<std::uint64_t>(text, "cancelled_write_bytes:");
    return read && written && cancelled ? std::optional(ProcIo{*read, *written, *cancelled}) : std::nullopt;
}

std::optional<pid_t> parse_fdinfo_pid(std::string_view text) {
    return take_number<pid_t>(text, "Pid:");
}

std::optional<std::uint32_t> only_mapped_id(std::string_view text) {
    if (text.empty() || text.find('\n') != text.size() - 1) {
        return std::nullopt;
    }
    text.remove_suffix(1);
    const auto inside = number<std::uint32_t>(take_word(text));
    const auto outside = number<std::uint32_t>(take_word(text));
    const auto count = number<std::uint32_t>(take_word(text));
    return inside && count == 1U && take_word(text).empty() ? outside : std::nullopt;
}

bool is_in_control_group(std::string_view text, std::string_view path, std::string_view name) {
    if (path.size() < 2 || path.front() != '/') {
        return false;  // the root of the hierarchy is no unit
    }
    const auto is_below = [path, name](std::string_view found) {
        if (!found.starts_with(path) || (found.size() > path.size() && found[path.size()] != '/')) {
            return false;
        }
        found.remove_prefix(path.size());
        while (!name.empty() && !found.empty()) {
            found.remove_prefix(1);  // the "/"
            const auto component = found.substr(0, found.find('/'));
            if (component == name) {
                return true;
            }
            found.remove_prefix(component.size());
        }
        return name.empty();
    };
    // Lines are "number:controllers:path". systemd's hierarchy is the unified one or, of version 1, the one with its
    // name; where there are both, as in a container, either may be the one it uses, and nobody else can make its
    // groups.
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto one = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        one.remove_prefix(std::min(one.find(':'), one.size()));
        for (const std::string_view hierarchy : {"::", ":name=systemd:"}) {
            if (one.starts_with(hierarchy) && is_below(one.substr(hierarchy.size()))) {
                return true;
            }
        }
    }
    return false;
}

std::optional<pid_t> parse_pid(std::string_view text) {
    const auto pid = number<pid_t>(text);
    return pid && *pid > 0 ? pid : std::nullopt;
}

}  // namespace iopriority::process
