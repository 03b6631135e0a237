// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cast.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include "support/private_bus.hpp"

namespace iopriority::test {

namespace {

/// Of a process that may end at any time.
pid_t parent_of(pid_t pid) {
    std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
    std::string text;
    std::getline(file, text);
    std::istringstream fields{text.substr(std::min(text.rfind(')') + 1, text.size()))};
    char state{};
    pid_t parent{-1};
    fields >> state >> parent;
    return parent;
}

}  // namespace

Actor::Actor(const std::string& user) : child_{user, {tool("actor")}} {
    if (child_.read_line() != "ready " + std::to_string(pid())) {
        throw std::runtime_error("the actor is not ready");
    }
}

std::vector<pid_t> Actor::does(const std::string& line) {
    child_.write_line(line);
    std::istringstream words{child_.read_line()};
    std::string verb;
    words >> verb;
    if (!line.starts_with(verb)) {
        throw std::logic_error("the actor speaks another language: " + verb);
    }
    std::vector<pid_t> numbers;
    for (pid_t number{}; words >> number;) {
        numbers.push_back(number);
    }
    return numbers;
}

void Actor::exec(const std::string& path) {
    does("exec " + path);
    if (child_.read_line() != "ready " + std::to_string(pid())) {
        throw std::runtime_error("the actor is not ready as " + path);
    }
}

std::vector<pid_t> tree_of(pid_t root) {
    std::vector<pid_t> tree{root};
    std::map<pid_t, pid_t> parents;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const auto name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") == std::string::npos) {
            parents[std::stoi(name)] = parent_of(std::stoi(name));
        }
    }
    for (std::size_t i = 0; i < tree.size(); ++i) {
        for (const auto& [pid, parent] : parents) {
            if (parent == tree[i]) {
                tree.push_back(pid);
            }
        }
    }
    return tree;
}

Breakdown priorities_of_tree(pid_t root) {
    Breakdown all;
    for (const auto pid : tree_of(root)) {
        for (const auto& [priority, number] : priorities_of(pid)) {
            all[priority] += number;
        }
    }
    return all;
}

bool becomes(pid_t pid, const Breakdown& wanted) {
    return eventually([&] { return priorities_of(pid) == wanted; });
}

}  // namespace iopriority::test
