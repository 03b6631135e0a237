// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The targets of several processes: which processes each kind selects, and what it is called.
#include <memory>
#include <string>
#include <utility>

#include "targets/target.hpp"

namespace iopriority::targets {

namespace {

// Without the pid of a single process the name tells nobody.
Several several_of(std::unique_ptr<kernel::Selection> selection, const std::string& text, TargetName::Kind kind) {
    Several several;
    several.selection = std::move(selection);
    several.name.text = text;
    several.name.kind = kind;
    several.nobody = text + " has no process";
    return several;
}

}  // namespace

std::unique_ptr<Target> tree_target(kernel::Process root) {
    Several tree;
    tree.name = name_of(root, 0);
    tree.name.uid.reset();
    tree.name.text += " and its descendants";
    tree.name.kind = TargetName::Kind::tree;
    tree.nobody = "process " + std::to_string(root.pid()) + " has ended, and so has its tree";
    tree.selection = kernel::select_tree(root.pid());
    tree.first.push_back(std::move(root));
    return several_target(std::move(tree));
}

std::unique_ptr<Target> group_target(pid_t group) {
    auto several = several_of(kernel::select_group(group), group_text(group), TargetName::Kind::group);
    several.name.id = std::to_string(group);
    return several_target(std::move(several));
}

std::unique_ptr<Target> unset_of_user_target(uid_t uid) {
    auto several = several_of(kernel::select_user(uid), user_text(uid), TargetName::Kind::unset_of_user);
    several.keep_explicit = true;
    several.owner_of_all = uid;
    return several_target(std::move(several));
}

std::unique_ptr<Target> unit_target(const std::string& unit, std::unique_ptr<kernel::Selection> selection) {
    auto several = several_of(std::move(selection), "unit " + unit, TargetName::Kind::unit);
    several.name.id = unit;
    return several_target(std::move(several));
}

std::string group_text(pid_t group) {
    return "process group " + std::to_string(group);
}

std::string user_text(uid_t uid) {
    return "user " + std::to_string(uid);
}

}  // namespace iopriority::targets
