// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/members.hpp"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <utility>

#include "kernel/selection.hpp"

namespace iopriority::cli {

namespace {

using kernel::Process;

std::vector<Process> select(const std::unique_ptr<kernel::Selection>& selection) {
    selection->restart();
    while (!selection->step()) {
    }
    auto found = selection->found(std::map<pid_t, bool>{});
    std::sort(found.begin(), found.end(), [](const Process& a, const Process& b) { return a.pid() < b.pid(); });
    return found;
}

}  // namespace

Expected<std::vector<Process>> members_of(const Target& target) {
    const auto id = static_cast<pid_t>(target.id());
    std::vector<Process> members;
    switch (target.kind()) {
        case Target::Kind::process: {
            auto process = Process::pin(id == 0 ? ::getpid() : id);
            if (!process) {
                return process.failure();
            }
            members.push_back(*std::move(process));
            if (target.descendants()) {
                auto below = select(kernel::select_tree(members.front().pid()));
                std::move(below.begin(), below.end(), std::back_inserter(members));
            }
            break;
        }
        case Target::Kind::group:
            return select(kernel::select_group(id == 0 ? ::getpgrp() : id));
        case Target::Kind::user:
            return select(kernel::select_user(target.id()));
        case Target::Kind::pidfd:
        case Target::Kind::unit:
            break;
    }
    return members;
}

}  // namespace iopriority::cli
