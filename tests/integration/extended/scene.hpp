// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// One process that every kind of target can name.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cast.hpp"
#include "service_manager.hpp"

namespace iopriority::test {

/// A process of a user that has three threads with different priorities, leads a process group, and is alone in a unit,
/// which both the system manager and alice's know.
class Scene {
 public:
    explicit Scene(const std::string& user);

    [[nodiscard]] pid_t pid() const { return actor_.pid(); }
    [[nodiscard]] const std::string& user() const { return user_; }
    /// What each thread has now, and what it had at the beginning.
    [[nodiscard]] RawPriorities raw() const { return raw_priorities_of({pid()}); }
    [[nodiscard]] const RawPriorities& before() const { return before_; }
    [[nodiscard]] bool all_have(const std::string& priority) const;
    [[nodiscard]] Actor& actor() { return actor_; }

 private:
    std::string user_;
    Actor actor_;
    ControlGroup group_;
    ServiceManager systemd_;
    RawPriorities before_;
};

/// A kind, and its target for a scene.
struct KindOfTarget {
    std::string name;
    std::function<On(const Scene&)> target;
};
[[nodiscard]] const std::vector<KindOfTarget>& every_kind();
/// For the names of tests: "user_unit".
[[nodiscard]] std::string name_of(const KindOfTarget& kind);
/// For failures.
void PrintTo(const KindOfTarget& kind, std::ostream* stream);

}  // namespace iopriority::test
