// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A value or why there is none: std::expected, which C++20 does not have yet, as far as it is used here.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include <iopriority/error.hpp>

namespace iopriority {

/// Why something failed, in words for the person who called.
struct Failure {
    ErrorCode code = ErrorCode::failed;
    std::string message;
};

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

 private:
    std::variant<T, Failure> content_;
};

}  // namespace iopriority
