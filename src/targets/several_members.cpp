// SPDX-License-Identifier: LGPL-2.1-or-later
#include "targets/several_members.hpp"

#include <string>
#include <utility>

namespace iopriority::targets {

namespace {

constexpr unsigned most_scans = 16;

}  // namespace

SeveralMembers::SeveralMembers(Several several) : several_(std::move(several)) {
    for (auto& process : several_.first) {
        take(std::move(process));
    }
    several_.first.clear();
}

void SeveralMembers::begin() {
    scans_ = 0;
    outrun_ = false;
    restart();
}

SeveralMembers::Scan SeveralMembers::scan_step() {
    if (!several_.selection->step()) {
        return Scan::goes_on;
    }
    auto found = several_.selection->found(members_);
    if (const auto& failure = several_.selection->failure()) {
        failure_ = *failure;
        return Scan::ended;
    }
    for (auto& process : found) {
        take(std::move(process));
    }
    if (found.empty() || failure_) {
        return Scan::ended;
    }
    ++scans_;
    outrun_ = outrun_ || scans_ >= most_scans;
    return scans_ >= most_scans ? Scan::ended : Scan::found_more;
}

Expected<kernel::Owner> SeveralMembers::owner_of(const kernel::Process& process) const {
    auto owner = process.running() ? process.owner() : Expected<kernel::Owner>(process.ended());
    if (owner && owner->real_uid == several_.owner_of_all) {
        owner->privileged = false;
    }
    return owner;
}

void SeveralMembers::take(kernel::Process process) {
    const auto owner = owner_of(process);
    if (!owner) {
        return;  // it has ended
    }
    if (members_.size() >= several_.most) {
        failure_ =
            Failure{ErrorCode::limits_exceeded, several_.name.text + ": more than " + std::to_string(several_.most) +
                                                    " processes in one request are too many"};
        return;
    }
    const pid_t pid = process.pid();
    Member member{std::move(process), *owner, nullptr, nullptr, std::nullopt, false};
    member.left_alone = admits_ && !admits_(*owner);
    members_.emplace(pid, std::move(member));
}

Expected<std::vector<kernel::Owner>> SeveralMembers::owners() {
    if (failure_) {
        return *failure_;
    }
    std::vector<kernel::Owner> owners;
    for (auto each = members_.begin(); each != members_.end();) {
        const auto owner = owner_of(each->second.process);
        if (!owner) {
            each = members_.erase(each);
            continue;
        }
        if (*owner != each->second.owner) {
            return became_another(name_of(each->second.process, owner->real_uid).text);
        }
        owners.push_back(*owner);
        ++each;
    }
    if (owners.empty()) {
        return Failure{ErrorCode::no_such_process, several_.nobody};
    }
    return owners;
}

TargetName SeveralMembers::name() const {
    TargetName name = several_.name;
    std::optional<std::string> program;
    for (const auto& [pid, member] : members_) {
        const std::string its = member.process.name();
        const bool first = !program;
        program = first || *program == its ? its : std::string{};
        if (first) {
            name.uid = member.owner.real_uid;
        } else if (name.uid != member.owner.real_uid) {
            name.uid.reset();
        }
    }
    name.program = program.value_or("");
    return name;
}

bool SeveralMembers::is_anothers(const Member& member) const {
    const auto owner = owner_of(member.process);
    return owner && *owner != member.owner;
}

}  // namespace iopriority::targets
