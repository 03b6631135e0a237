// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// scopes: plays all that can happen in each scope (scope.hpp) within its bound. Ends with 1 when a promise is broken,
/// and tells what had happened on that path. --scope NAME: one of them. --bound N: with this bound; --strict: asks also
/// for what is not promised where a hold begins while others begin or end. --scope NAME --path PATH: that path alone.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

#include "scope.hpp"

namespace {

using namespace iopriority::simulation;

// NOLINTBEGIN(*-vararg)
void tell(const Scope& scope, Path path, unsigned bound, bool strict, bool always) {
    path.again();
    Choices fixed{Choices::Fixed{}};
    ScopeWorld world(scope, path, fixed, bound, strict);
    world.tell_all();
    const bool kept = world.play();
    if (!kept || always) {
        for (const auto& line : world.story()) {
            std::printf("%s\n", line.c_str());
        }
    }
    if (!kept) {
        std::printf("broken: %s\nscopes --scope %s --path %s\n", world.broken().c_str(), scope.name,
                    path.text().c_str());
    }
}

bool explore(const Scope& scope, unsigned bound, bool strict) {
    const auto begin = std::chrono::steady_clock::now();
    std::uint64_t count = 0;
    Path path;
    do {
        ++count;
        Choices fixed{Choices::Fixed{}};
        ScopeWorld world(scope, path, fixed, bound, strict);
        if (!world.play()) {
            tell(scope, path, bound, strict, false);
            std::printf("%s: a promise is broken on path %ju\n", scope.name, static_cast<std::uintmax_t>(count));
            return false;
        }
    } while (path.next());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::printf("%-20s %9ju paths, %6.1f s\n", scope.name, static_cast<std::uintmax_t>(count), took.count());
    std::fflush(stdout);
    return true;
}
// NOLINTEND(*-vararg)

std::optional<std::string> option(int argc, char** argv, const std::string& name) {
    for (int i = 1; i < argc; ++i) {
        if (argv[i] == name) {                                               // NOLINT(*-pointer-arithmetic)
            return i + 1 < argc ? std::string(argv[i + 1]) : std::string{};  // NOLINT(*-pointer-arithmetic)
        }
    }
    return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
    const auto name = option(argc, argv, "--scope");
    const auto path = option(argc, argv, "--path");
    const auto wanted_bound = option(argc, argv, "--bound");
    const bool strict = option(argc, argv, "--strict").has_value();
    bool kept = true;
    for (const auto& scope : all_scopes()) {
        if (name && *name != scope.name) {
            continue;
        }
        const auto bound = wanted_bound ? static_cast<unsigned>(std::stoul(*wanted_bound)) : scope.bound;
        if (path) {
            tell(scope, Path(*path), Scope::unbounded, strict, true);
        } else {
            kept = explore(scope, bound, strict) && kept;
        }
    }
    return kept ? 0 : 1;
}
