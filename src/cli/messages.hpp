// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Messages of ioprioctl for people: errors on stderr, what was done on stdout.
#pragma once

#include <string>
#include <string_view>

#include "cli/command.hpp"
#include "cli/table.hpp"
#include "values/text.hpp"

namespace iopriority::cli {

/// A word of the command line in quotes, safe to display.
[[nodiscard]] std::string shown(std::string_view word);
using values::shown;  // a breakdown

/// No thread has a priority set.
[[nodiscard]] bool is_default(const Details& details);

/// "1 process", "4 processes".
[[nodiscard]] std::string processes(unsigned count);
/// "1 thread", "4 threads".
[[nodiscard]] std::string threads(unsigned count);

/// "ioprioctl: TEXT" on stderr.
void complain(std::string_view text);

/// An error whose text is ioprioctl's own, in the person's language; texts of the library and the service are in
/// English.
struct OwnWords {
    virtual ~OwnWords() = default;
};
template <typename Kind>
class InOwnWords : public Kind, public OwnWords {
 public:
    using Kind::Kind;
};

/// What a failed system call becomes, by errno. @param doing what failed, translatable: "making a pipe"
[[nodiscard]] InOwnWords<Error> system_error(const char* doing);

/// The same for an error, with what can be done about it here. In languages other than English the texts of the
/// library and the service are left out, except with -v.
/// @param about what those texts name, printed instead
void complain(const Error& error, const Options& options, const std::string& about = {});
/// The text that complain() prints, without the program's name.
/// @param asked a person could have been asked
[[nodiscard]] std::string complaint(const Error& error, const Options& options, bool asked,
                                    const std::string& about = {});

/// Says on stdout what was done: at a terminal unless --quiet was given, elsewhere only with --verbose.
void confirm(const Options& options, std::string_view text);
[[nodiscard]] bool confirms(const Options& options);
/// The text, followed by ", by the kernel" or ", by the service" if the options ask for it.
[[nodiscard]] std::string with_doer(const Options& options, const std::string& text, bool service);

/// How the titles of tables are shown, according to the options.
[[nodiscard]] Table::Titles titles(const Options& options);

/// The exit status after another failure: that of the failures if they agree, otherwise 1.
[[nodiscard]] int status_after(int before, int failure) noexcept;

/// The exit status of an error.
[[nodiscard]] int status_of(const Error& error) noexcept;

}  // namespace iopriority::cli
