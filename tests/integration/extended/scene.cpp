// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "scene.hpp"

#include <algorithm>
#include <ostream>

namespace iopriority::test {

namespace {

/// Where alice's user manager has its units.
std::string group_path() {
    const auto uid = std::to_string(uid_of("alice"));
    return "/user.slice/user-" + uid + ".slice/user@" + uid + ".service/app.slice/scene.scope";
}

/// Best-effort 4 with a hint, as a program that knows its disk sets it (include/uapi/linux/ioprio.h).
constexpr int with_hint = 0x400c;

}  // namespace

Scene::Scene(const std::string& user)
    : user_{user}, actor_{user}, group_{group_path()}, systemd_{{{"scene.service", group_path()}}} {
    actor_.does("group");
    set_raw_priority(actor_.thread(), with_hint);
    set_thread(actor_.thread(), "best-effort:6");
    group_.add(pid());
    before_ = raw();
}

bool Scene::all_have(const std::string& priority) const {
    const auto now = raw();
    return now.size() == before_.size() && std::all_of(now.begin(), now.end(), [&](const auto& thread) {
               return thread.second == test::raw(priority);
           });
}

const std::vector<KindOfTarget>& every_kind() {
    static const std::vector<KindOfTarget> kinds{
        {"process", [](const Scene& scene) { return on::process(scene.pid()); }},
        {"processes", [](const Scene& scene) { return on::processes({scene.pid()}); }},
        {"pidfd", [](const Scene& scene) { return on::pidfd(scene.pid()); }},
        {"pidfds", [](const Scene& scene) { return on::pidfds({scene.pid()}); }},
        {"group", [](const Scene& scene) { return on::group(scene.pid()); }},
        {"user", [](const Scene& scene) { return on::user(scene.user()); }},
        {"unit", [](const Scene&) { return on::unit("scene.service"); }},
        {"user-unit", [](const Scene&) { return on::user_unit("scene.scope"); }}};
    return kinds;
}

std::string name_of(const KindOfTarget& kind) {
    auto name = kind.name;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

void PrintTo(const KindOfTarget& kind, std::ostream* stream) {
    *stream << kind.name;
}

}  // namespace iopriority::test
