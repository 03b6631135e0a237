// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A value, or why there is none: the part of std::expected, which C++20 lacks, that is used here.
#pragma once

#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include <iopriority/error.hpp>

namespace iopriority {

/// Why something failed, in words for the caller.
struct Failure {
    ErrorCode code = ErrorCode::failed;
    std::string message;
};

/// Throws the exception that belongs to it.
[[noreturn]] void throw_failure(const Failure& failure);

template <typename T>
class [[nodiscard]] Expected {
 public:
    Expected(T value) : content_(std::in_place_index<0>, std::move(value)) {}            // NOLINT(*-explicit-*)
    Expected(Failure failure) : content_(std::in_place_index<1>, std::move(failure)) {}  // NOLINT(*-explicit-*)

    [[nodiscard]] bool has_value() const noexcept { return content_.index() == 0; }
    [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }
    [[nodiscard]] T& operator*() & { return std::get<0>(content_); }
    [[nodiscard]] const T& operator*() const& { return std::get<0>(content_); }
    [[nodiscard]] T&& operator*() && { return std::get<0>(std::move(content_)); }
    [[nodiscard]] T* operator->() { return &std::get<0>(content_); }
    [[nodiscard]] const T* operator->() const { return &std::get<0>(content_); }
    [[nodiscard]] const Failure& failure() const { return std::get<1>(content_); }

    /// The value, or the exception that belongs to the failure.
    [[nodiscard]] T value() && {
        if (!has_value()) {
            throw_failure(failure());
        }
        return std::get<0>(std::move(content_));
    }
    /// The result of a function applied to the value, or the same failure.
    template <typename Function>
    [[nodiscard]] Expected<std::decay_t<std::invoke_result_t<Function, T&&>>> transform(Function function) && {
        if (!has_value()) {
            return failure();
        }
        return function(std::get<0>(std::move(content_)));
    }

 private:
    std::variant<T, Failure> content_;
};

}  // namespace iopriority
