// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Several processes as one target: a tree, a group, a user's, a unit's.
///
/// Members are pinned when they are found. Each look and each pass of setting ends with a scan that finds no new one;
/// new ones found while setting are taken if the authorization given covers them.
#include <map>
#include <optional>
#include <utility>

#include "kernel/threads.hpp"
#include "kernel/unset_threads.hpp"
#include "service/target.hpp"

namespace iopriority::service {

namespace {

constexpr std::size_t most_members = 4096;  // each holds two descriptors
constexpr unsigned most_scans = 16;

struct Member {
    kernel::Process process;
    kernel::Owner owner;
    std::unique_ptr<kernel::ProcThreads> threads;
    std::unique_ptr<kernel::UnsetThreads> unset;
    std::optional<kernel::ThreadSetter> setter;
    bool left_alone = false;  // needs more than was authorized
};

using Members = std::map<pid_t, Member>;

class SeveralTarget final : public Target {
 public:
    explicit SeveralTarget(Several several) : several_(std::move(several)) {
        for (auto& process : several_.first) {
            take(std::move(process));
        }
        several_.first.clear();
    }

    void begin_look() override {
        scans_ = 0;
        several_.selection->restart();
    }
    bool look_step() override { return several_.selection->step() && !scan_ended(); }
    Expected<std::vector<kernel::Owner>> owners() override;
    TargetName name() override;

    Expected<std::monostate> begin(Priority wanted, Admits admits) override {
        wanted_ = wanted;
        admits_ = std::move(admits);
        begin_pass();
        return std::monostate{};
    }
    bool step() override;
    bool restless() const override { return restless_; }
    void again() override;
    Expected<Outcome> result() override;
    std::string before() const override { return before_ ? before_->to_string() : "unknown"; }
    bool touched() const override { return touched_; }
    // What is held carries a priority of its own, which keep_explicit has left.
    bool covers(pid_t pid, uid_t /*uid*/) const override { return !several_.keep_explicit && members_.contains(pid); }

 private:
    void take(kernel::Process process);
    [[nodiscard]] Expected<kernel::Owner> owner_of(const kernel::Process& process) const;
    bool scan_ended();
    void begin_pass();
    void set_member(Member& member);
    void member_set(const Member& member);
    bool pass_ended();
    [[nodiscard]] bool put_back_if_another(Member& member);

    Several several_;
    Members members_;
    std::optional<Failure> failure_;
    unsigned scans_ = 0;
    Priority wanted_;
    Admits admits_;
    std::optional<Priority> before_;
    Members::iterator at_ = members_.end();
    bool scanning_ = false;
    bool restless_ = false;
    bool touched_ = false;
    bool outrun_ = false;
};

Expected<kernel::Owner> SeveralTarget::owner_of(const kernel::Process& process) const {
    auto owner = process.running() ? process.owner() : Expected<kernel::Owner>(process.ended());
    if (owner && owner->real_uid == several_.owner_of_all) {
        owner->privileged = false;
    }
    return owner;
}

void SeveralTarget::take(kernel::Process process) {
    const auto owner = owner_of(process);
    if (!owner) {
        return;  // it has ended
    }
    if (members_.size() >= most_members) {
        failure_ =
            Failure{ErrorCode::limits_exceeded, several_.name.text + ": more than " + std::to_string(most_members) +
                                                    " processes in one request are too many"};
        return;
    }
    const pid_t pid = process.pid();
    Member member{std::move(process), *owner, nullptr, nullptr, std::nullopt, false};
    member.left_alone = admits_ && !admits_(*owner);
    members_.emplace(pid, std::move(member));
}

// True if another scan is to follow, since this one has found something.
bool SeveralTarget::scan_ended() {
    auto found = several_.selection->found(members_);
    const bool grew = !found.empty();
    for (auto& process : found) {
        take(std::move(process));
    }
    ++scans_;
    if (!grew || failure_ || scans_ >= most_scans) {
        outrun_ = outrun_ || grew;
        return false;
    }
    several_.selection->restart();
    return true;
}

Expected<std::vector<kernel::Owner>> SeveralTarget::owners() {
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

TargetName SeveralTarget::name() {
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

void SeveralTarget::begin_pass() {
    scans_ = 0;
    scanning_ = false;
    at_ = members_.begin();
}

bool SeveralTarget::step() {
    if (failure_) {
        return true;
    }
    if (scanning_) {
        return several_.selection->step() && pass_ended();
    }
    while (at_ != members_.end() && (at_->second.left_alone || at_->second.setter)) {
        if (at_->second.setter && !at_->second.left_alone) {
            if (!at_->second.setter->step()) {
                return false;
            }
            member_set(at_->second);
        }
        ++at_;
        return false;
    }
    if (at_ == members_.end()) {
        scanning_ = true;
        several_.selection->restart();
    } else {
        set_member(at_->second);
    }
    return false;
}

void SeveralTarget::set_member(Member& member) {
    auto threads = kernel::ProcThreads::open(member.process);
    if (!threads) {
        member.left_alone = true;  // it has ended: the count says so
        return;
    }
    member.threads = *std::move(threads);
    kernel::ThreadGroup* group = member.threads.get();
    if (several_.keep_explicit) {
        member.unset = std::make_unique<kernel::UnsetThreads>(*member.threads, wanted_);
        group = member.unset.get();
    }
    member.setter.emplace(*group, wanted_);
}

void SeveralTarget::member_set(const Member& member) {
    if (!before_) {
        before_ = member.setter->before();
    }
    touched_ = touched_ || !member.setter->changes().empty();
    restless_ = restless_ || member.setter->restless();
}

// A scan has ended. True if the round has, too.
bool SeveralTarget::pass_ended() {
    auto found = several_.selection->found(members_);
    ++scans_;
    if (found.empty() || failure_) {
        return true;
    }
    if (scans_ >= most_scans) {
        outrun_ = true;
        return true;
    }
    for (auto& process : found) {
        take(std::move(process));
    }
    // Those that are set already are passed over quickly: a round of theirs has ended.
    for (auto& [pid, member] : members_) {
        if (member.setter) {
            member.setter->again();
        }
    }
    scanning_ = false;
    at_ = members_.begin();
    return false;
}

void SeveralTarget::again() {
    for (auto& [pid, member] : members_) {
        if (member.setter) {
            member.setter->again();
        }
    }
    begin_pass();
}

bool SeveralTarget::put_back_if_another(Member& member) {
    const auto owner = owner_of(member.process);
    if (!owner || *owner == member.owner) {
        return false;
    }
    member.setter->undo();
    return true;
}

Expected<Outcome> SeveralTarget::result() {
    if (failure_) {
        return *failure_;
    }
    Outcome outcome;
    unsigned refused = 0;
    unsigned left_alone = 0;
    int refusal = 0;
    for (auto& [pid, member] : members_) {
        if (!member.process.running()) {
            continue;
        }
        if (member.left_alone || !member.setter || put_back_if_another(member)) {
            ++left_alone;
            continue;
        }
        if (member.setter->gone()) {
            continue;
        }
        outcome.threads += member.setter->as_wanted();
        outcome.processes += member.setter->refused() == 0 ? 1U : 0U;
        refused += member.setter->refused();
        refusal = member.setter->refused() > 0 ? member.setter->refusal() : refusal;
        outrun_ = outrun_ || member.setter->outrun();
    }
    if (refused > 0) {
        return refused_by_kernel(several_.name.text, outcome.threads, refused, refusal);
    }
    if (left_alone > 0) {
        return Failure{ErrorCode::partially_applied,
                       several_.name.text + ": " + std::to_string(outcome.processes) + " processes are as wanted, " +
                           std::to_string(left_alone) +
                           " were left alone: they joined, or changed hands, after the authorization; try again"};
    }
    if (outrun_) {
        return outrun(several_.name.text, outcome.threads);
    }
    if (outcome.processes == 0) {
        return Failure{ErrorCode::no_such_process, several_.nobody};
    }
    return outcome;
}

}  // namespace

std::unique_ptr<Target> several_target(Several several) {
    return std::make_unique<SeveralTarget>(std::move(several));
}

}  // namespace iopriority::service
