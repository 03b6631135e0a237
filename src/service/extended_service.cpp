// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/extended_service.hpp"

#include <memory>
#include <utility>

#include "service/change.hpp"
#include "values/text.hpp"

namespace iopriority::service {

namespace {

Expected<Priority> checked(const WantedText& wanted) {
    return values::from_bus(wanted.io_class, wanted.level);
}

targets::PinnedTarget process_or_tree(Expected<kernel::Process> process, bool descendants) {
    if (!process) {
        return process.failure();
    }
    return descendants ? targets::tree_target(*std::move(process)) : targets::process_target(*std::move(process));
}

Expected<Subject> subject_of(Expected<kernel::Process> process) {
    if (!process) {
        return process.failure();
    }
    Subject subject;
    subject.nobody = process->ended().message;
    subject.processes.push_back(*std::move(process));
    return subject;
}

Expected<Subject> subject_of(std::unique_ptr<kernel::Selection> selection, const std::string& text) {
    Subject subject;
    subject.selection = std::move(selection);
    subject.nobody = text + " has no process";
    return subject;
}

Expected<kernel::Process> pinned(pid_t pid, const Caller& caller) {
    const auto resolved = resolved_pid(pid, caller);
    return resolved ? kernel::Process::pin(*resolved) : Expected<kernel::Process>(resolved.failure());
}

// A descriptor moves into a function that std::function can copy.
std::shared_ptr<kernel::UniqueFd> shared(kernel::UniqueFd fd) {
    return std::make_shared<kernel::UniqueFd>(std::move(fd));
}

// Stands for the request while systemd is asked.
class Lookup final : public Request {
 public:
    Lookup(Requests& requests, std::string bus_name, ExtendedService::SetAnswer answer)
        : requests_(requests), bus_name_(std::move(bus_name)), answer_(std::move(answer)) {}

    [[nodiscard]] const std::string& bus_name() const override { return bus_name_; }
    void give_up(const Failure& why) override {
        given_up_ = true;
        answer_.send(why);
        requests_.remove(*this);
    }
    [[nodiscard]] bool given_up() const { return given_up_; }
    [[nodiscard]] ExtendedService::SetAnswer take_answer() { return std::move(answer_); }

 private:
    Requests& requests_;
    std::string bus_name_;
    ExtendedService::SetAnswer answer_;
    bool given_up_ = false;
};

}  // namespace

void ExtendedService::change(Call call, const Expected<Priority>& wanted, Pin pin, SetAnswer answer) {
    if (!wanted) {
        answer.send(wanted.failure());
        return;
    }
    std::make_shared<Change>(parts_, std::move(call), *wanted, std::move(pin), std::move(answer))->start();
}

void ExtendedService::set_process(Call call, std::uint32_t pid, const WantedText& wanted, ChangeOptions options,
                                  SetAnswer answer) {
    const auto number = checked_pid(pid);
    if (!number) {
        answer.send(number.failure());
        return;
    }
    auto pin = [pid = *number, options](const Caller& caller) {
        return process_or_tree(pinned(pid, caller), options.descendants);
    };
    change(std::move(call), checked(wanted), std::move(pin), std::move(answer));
}

void ExtendedService::set_process(Call call, kernel::UniqueFd pidfd, const WantedText& wanted, ChangeOptions options,
                                  SetAnswer answer) {
    auto pin = [fd = shared(std::move(pidfd)), options](const Caller& /*caller*/) {
        return process_or_tree(kernel::Process::from_pidfd(std::move(*fd)), options.descendants);
    };
    change(std::move(call), checked(wanted), std::move(pin), std::move(answer));
}

void ExtendedService::set_group(Call call, std::uint32_t pgid, const WantedText& wanted, SetAnswer answer) {
    const auto number = checked_pid(pgid, "pgid");
    if (!number) {
        answer.send(number.failure());
        return;
    }
    auto pin = [pgid = *number](const Caller& caller) -> targets::PinnedTarget {
        const auto group = resolved_group(pgid, caller);
        return group ? targets::PinnedTarget(targets::group_target(*group)) : targets::PinnedTarget(group.failure());
    };
    change(std::move(call), checked(wanted), std::move(pin), std::move(answer));
}

void ExtendedService::set_user(Call call, std::uint32_t uid, const WantedText& wanted, ChangeOptions options,
                               SetAnswer answer) {
    const auto user = checked_uid(uid);
    if (!user) {
        answer.send(user.failure());
        return;
    }
    auto pin = [uid = *user, options](const Caller& /*caller*/) -> targets::PinnedTarget {
        return options.keep_explicit ? targets::unset_of_user_target(uid) : targets::user_target(uid);
    };
    change(std::move(call), checked(wanted), std::move(pin), std::move(answer));
}

void ExtendedService::set_unit(Call call, const std::string& unit, const WantedText& wanted, ChangeOptions options,
                               SetAnswer answer) {
    const auto priority = checked(wanted);
    if (!priority || !is_unit_name(unit)) {
        answer.send(!priority ? priority.failure()
                              : Failure{ErrorCode::invalid_argument,
                                        "unit \"" + values::sanitised(unit, 64) +
                                            "\" is not the name of a unit that has processes, such as "
                                            "\"borgmatic.service\" or \"user.slice\""});
        return;
    }
    const auto target = [unit](std::unique_ptr<kernel::Selection> selection) -> targets::PinnedTarget {
        return targets::unit_target(unit, std::move(selection));
    };
    if (options.user_manager) {
        auto pin = [target, unit](const Caller& caller) { return target(kernel::select_user_unit(caller.uid, unit)); };
        change(std::move(call), priority, std::move(pin), std::move(answer));
        return;
    }
    const auto lookup = std::make_shared<Lookup>(parts_.requests, call.bus_name, std::move(answer));
    parts_.requests.add(lookup);
    units_.control_group(unit, [this, call = std::move(call), priority, target, lookup](const auto& group) {
        if (lookup->given_up()) {
            return;  // the caller was told that nothing is changed
        }
        if (!group) {
            lookup->give_up(group.failure());
            return;
        }
        auto pin = [target, path = *group](const Caller& /*caller*/) {
            return target(kernel::select_control_group(path));
        };
        change(call, priority, std::move(pin), lookup->take_answer());
        parts_.requests.remove(*lookup);
    });
}

void ExtendedService::hold_process(Call call, std::uint32_t pid, const WantedText& wanted, HoldAnswer answer) {
    const auto number = checked_pid(pid);
    if (!number) {
        answer.send(number.failure());
        return;
    }
    const auto lease = std::make_shared<kernel::UniqueFd>();
    auto pin = [this, pid = *number, lease](const Caller& caller) -> targets::PinnedTarget {
        if (const auto room = leases_.room(caller.uid); !room) {
            return room.failure();
        }
        auto process = pinned(pid, caller);
        if (!process) {
            return process.failure();
        }
        auto hold = [this, lease, uid = caller.uid](
                        const kernel::Process& target, Priority priority,
                        const std::vector<kernel::ThreadChange>& before) -> Expected<std::monostate> {
            auto copy = target.duplicate();
            if (!copy) {
                return copy.failure();
            }
            auto reading = leases_.begin(*std::move(copy), uid, priority, before);
            if (!reading) {
                return reading.failure();
            }
            *lease = *std::move(reading);
            return std::monostate{};
        };
        return targets::held_target(*std::move(process), std::move(hold));
    };
    auto kept = std::make_shared<HoldAnswer>(std::move(answer));
    SetAnswer set([kept, lease](const Expected<targets::Outcome>& outcome) {
        kept->send(outcome ? Expected<Lease>(lease) : Expected<Lease>(outcome.failure()));
        lease->reset();  // the message has a copy
    });
    change(std::move(call), checked(wanted), std::move(pin), std::move(set));
}

namespace {

void describe(const Parts& parts, Call call, Describing::Pin pin, ExtendedService::DescribeAnswer answer) {
    std::make_shared<Describing>(parts, std::move(call), std::move(pin), std::move(answer))->start();
}

}  // namespace

void ExtendedService::describe_process(Call call, std::uint32_t pid, DescribeAnswer answer) {
    const auto number = checked_pid(pid);
    if (!number) {
        answer.send(number.failure());
        return;
    }
    auto pin = [pid = *number](const Caller& caller) { return subject_of(pinned(pid, caller)); };
    describe(parts_, std::move(call), std::move(pin), std::move(answer));
}

void ExtendedService::describe_process(Call call, kernel::UniqueFd pidfd, DescribeAnswer answer) {
    auto pin = [fd = shared(std::move(pidfd))](const Caller& /*caller*/) {
        return subject_of(kernel::Process::from_pidfd(std::move(*fd)));
    };
    describe(parts_, std::move(call), std::move(pin), std::move(answer));
}

void ExtendedService::describe_group(Call call, std::uint32_t pgid, DescribeAnswer answer) {
    const auto number = checked_pid(pgid, "pgid");
    if (!number) {
        answer.send(number.failure());
        return;
    }
    auto pin = [pgid = *number](const Caller& caller) -> Expected<Subject> {
        const auto group = resolved_group(pgid, caller);
        return group ? subject_of(kernel::select_group(*group), targets::group_text(*group))
                     : Expected<Subject>(group.failure());
    };
    describe(parts_, std::move(call), std::move(pin), std::move(answer));
}

void ExtendedService::describe_user(Call call, std::uint32_t uid, DescribeAnswer answer) {
    const auto user = checked_uid(uid);
    if (!user) {
        answer.send(user.failure());
        return;
    }
    auto pin = [uid = *user](const Caller& /*caller*/) {
        return subject_of(kernel::select_user(uid), targets::user_text(uid));
    };
    describe(parts_, std::move(call), std::move(pin), std::move(answer));
}

}  // namespace iopriority::service
