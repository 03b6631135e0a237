// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What ioprioctl says to the person: errors on stderr, what it has done on stdout.
#pragma once

#include <string>
#include <string_view>

#include "cli/command.hpp"
#include "cli/table.hpp"
#include "values/text.hpp"

namespace iopriority::cli {

/// A word of the line in quotes, fit to be shown.
[[nodiscard]] std::string shown(std::string_view word);
using values::shown;  // a breakdown

/// On no thread of a process is anything set.
[[nodiscard]] bool is_default(const Details& details);

/// "1 process", "4 processes".
[[nodiscard]] std::string processes(unsigned count);
/// "1 thread", "4 threads".
[[nodiscard]] std::string threads(unsigned count);

/// "ioprioctl: TEXT" on stderr.
void complain(std::string_view text);

/// An error in words of ioprioctl, which are in the person's language; those of the library and the service are
/// English.
class OwnWords {
 public:
    OwnWords() = default;
    OwnWords(const OwnWords&) = default;
    OwnWords& operator=(const OwnWords&) = default;
    virtual ~OwnWords();
};
template <typename Kind>
class InOwnWords : public Kind, public OwnWords {
 public:
    using Kind::Kind;
};

/// The same for an error, with what may be done about it from here. In another language than English the words of the
/// library and the service are left out, but with -v.
/// @param about what they name, to be said instead
void complain(const Error& error, const Options& options, const std::string& about = {});
/// What that says, without the program's name.
/// @param asked a person could have been asked
[[nodiscard]] std::string complaint(const Error& error, const Options& options, bool asked,
                                    const std::string& about = {});

/// Says on stdout what was done: to a person at a terminal who did not ask for quiet, and to whom asked for it.
void confirm(const Options& options, std::string_view text);
[[nodiscard]] bool confirms(const Options& options);
/// The text, and ", by the kernel" or ", by the service" where that is wanted to be known.
[[nodiscard]] std::string with_doer(const Options& options, const std::string& text, bool service);

/// How the options want the titles of tables.
[[nodiscard]] Table::Titles titles(const Options& options);

/// The exit status of several steps: that of the failures if they agree, else 1.
class Outcome {
 public:
    void failed(int status) noexcept;
    void failed(const Error& error) noexcept;
    [[nodiscard]] int status() const noexcept { return status_; }

 private:
    int status_ = exit_ok;
};

/// The status that belongs to an error.
[[nodiscard]] int status_of(const Error& error) noexcept;

}  // namespace iopriority::cli
