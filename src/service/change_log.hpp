// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// One line for each change and each refusal: to the journal with fields, or to standard error without a journal.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "engine/target.hpp"
#include "policy/rule.hpp"
#include "service/callers.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::service {

struct ChangeRecord {
    enum class Event : std::uint8_t {
        set,      ///< set permanently
        hold,     ///< set by a hold that begins
        end,      ///< a hold has ended: the caller is its holder, without a bus name
        refused,  ///< not authorized
    };

    Event event = Event::set;
    Caller caller{};
    engine::TargetName target{};
    std::string before{};
    std::string after{};
    policy::Action action = policy::Action::none;
    std::string result = "ok";  ///< or the text of the error
    std::uint32_t processes = 0;
    std::uint32_t threads = 0;
    std::string caller_user{};  ///< name of the caller's user, sanitised; empty if unknown
    std::string target_user{};  ///< name of the user who owns the threads, if there is only one
};

class ChangeLog : public Interface {
 public:
    /// False if the next record of this user will only be counted: then its target need not be read from /proc.
    [[nodiscard]] virtual bool tells(uid_t /*user*/) const { return true; }
    virtual void write(const ChangeRecord& record) = 0;
    /// Reports that more changes of this user were made than were written.
    virtual void left_out(uid_t user, std::uint64_t changes) = 0;
};

/// The journal if standard error is connected to it (systemd says so in JOURNAL_STREAM), otherwise say().
class SystemChangeLog final : public ChangeLog {
 public:
    SystemChangeLog();
    void write(const ChangeRecord& record) override;
    void left_out(uid_t user, std::uint64_t changes) override;

 private:
    void send(std::vector<std::string> fields) const;

    bool to_journal_;
};

}  // namespace iopriority::service
