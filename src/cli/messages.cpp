// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/messages.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <map>
#include <system_error>
#include <utility>

#include "cli/translation.hpp"
#include "values/values.hpp"

namespace iopriority::cli {

namespace {

constexpr std::size_t longest_word = 80;
constexpr std::size_t longest_message = 2048;

bool at_terminal(int fd) {
    return ::isatty(fd) == 1;
}

/// Whether what goes to stdout may have colors.
bool colored() {
    const auto variable = [](const char* name) {
        const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
        return std::string_view(value != nullptr ? value : "");
    };
    return at_terminal(STDOUT_FILENO) && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
}

/// An error without its particulars.
/// @param named the text before it already names the subject
const char* sentence(const Error& error, const Options& options, bool named) {
    static const std::map<ErrorCode, const char*> sentences{
        {ErrorCode::invalid_argument, translatable("an argument is not valid")},
        {ErrorCode::access_denied,
         translatable("not authorized (a wrong password, a closed dialog, or a polkit rule)")},
        {ErrorCode::interaction_required, translatable("this needs a password")},
        {ErrorCode::dismissed, translatable("the dialog was closed")},
        {ErrorCode::limits_exceeded, translatable("too many requests, holds or processes at once")},
        {ErrorCode::no_such_process, translatable("no such process, or it has ended")},
        {ErrorCode::authority_unavailable, translatable("polkit does not answer")},
        {ErrorCode::foreign_pid_namespace,
         translatable("process ids of this pid namespace mean other processes to the service")},
        {ErrorCode::partially_applied, translatable("not all threads have the priority")},
        {ErrorCode::service_unavailable, translatable("the system bus or the service cannot be reached")},
        {ErrorCode::timed_out, translatable("no reply came: it is not known whether the change was made")},
        {ErrorCode::failed, translatable("this failed")}};
    if (error.code() == ErrorCode::access_denied && options.route == Route::kernel_only) {
        return translatable("the kernel does not permit this user to change it");
    }
    if (error.code() == ErrorCode::no_such_process && named) {
        return translatable("does not exist, or has ended");
    }
    return sentences.at(error.code());
}

/// The messages of the library and the service are English: in other languages one sentence for each error replaces
/// them.
std::string in_one_language(const Error& error, const Options& options, std::string text, const std::string& about) {
    const char* english = sentence(error, options, !about.empty());
    const std::string translated = translation::find(english);
    if (translated == english || dynamic_cast<const OwnWords*>(&error) != nullptr) {
        return text;
    }
    // Translators: %1 is what went wrong; %2 the service's own words for it, in English.
    auto said = options.verbose ? tr("%1 (%2)", translated, text) : tr("%1 (-v says more)", translated);
    constexpr std::size_t longest_name = 256;  // of a list of hundreds of processes, the reason must still fit
    const auto name = about.size() <= longest_name ? about : about.substr(0, about.rfind(' ', longest_name)) + " ...";
    return about.empty() ? said : tr("%1: %2", name, said);
}

}  // namespace

InOwnWords<Error> system_error(const char* doing) {
    const auto why = std::generic_category().message(errno);
    return {ErrorCode::failed, tr("%1: %2", tr(doing), why)};
}

CallOptions Options::call() const {
    // Either is enough: with xargs stdout is the terminal, in a pipe stdin is. A cron job has neither.
    const bool somebody = at_terminal(STDIN_FILENO) || at_terminal(STDOUT_FILENO);
    // For polkit on another machine, nobody is at this terminal.
    return {route, ask_password && somebody && host.empty(), std::chrono::milliseconds::zero()};
}

std::string shown(std::string_view word) {
    return "\"" + values::sanitised(word, longest_word) + "\"";
}

bool is_default(const Details& details) {
    return details.uniform() && details.set == Priority::none();
}

std::string processes(unsigned count) {
    return tr_n(count, "%1 process", "%1 processes", count);
}

std::string threads(unsigned count) {
    return tr_n(count, "%1 thread", "%1 threads", count);
}

void complain(std::string_view text) {
    std::cerr << "ioprioctl: " << values::sanitised(text, longest_message) << '\n';
}

std::string complaint(const Error& error, const Options& options, bool asked, const std::string& about) {
    std::string text = error.what();
    constexpr std::string_view for_programs = ": allow interactive authorization with the call";
    if (error.code() == ErrorCode::interaction_required && text.ends_with(for_programs)) {
        text.resize(text.size() - for_programs.size());
    }
    text = in_one_language(error, options, std::move(text), about);
    if (error.code() == ErrorCode::interaction_required) {
        const bool no_agent = ::access(IOPRIORITY_PKTTYAGENT, X_OK) != 0;
        // Translators: %1 is what went wrong; %2 a program.
        text = !options.host.empty()
                   ? tr("%1; log in as root (-H root@HOST), or have an administrator allow it by a polkit rule", text)
               : asked && no_agent
                   ? tr("%1; %2, which asks for a password at the terminal, is missing: install it (it belongs to "
                        "polkit), or use sudo, or have an administrator allow it by a polkit rule",
                        text, IOPRIORITY_PKTTYAGENT)
               : asked ? tr("%1; use sudo, or have an administrator allow it by a polkit rule", text)
               : options.ask_password
                   ? tr("%1; run this at a terminal or with sudo, or have an administrator allow it by a polkit rule",
                        text)
                   : tr("%1; leave out --no-ask-password, or use sudo, or have an administrator allow it by a polkit "
                        "rule",
                        text);
    }
    if (error.code() == ErrorCode::access_denied && options.route == Route::kernel_only) {
        text = tr("%1; leave out --via kernel", text);
    }
    return text;
}

void complain(const Error& error, const Options& options, const std::string& about) {
    complain(complaint(error, options, options.call().interactive, about));
}

bool confirms(const Options& options) {
    return options.json == JsonStyle::none && !options.quiet && (options.verbose || at_terminal(STDOUT_FILENO));
}

std::string with_doer(const Options& options, const std::string& text, bool service) {
    return !options.verbose ? text : service ? tr("%1, by the service", text) : tr("%1, by the kernel", text);
}

void confirm(const Options& options, std::string_view text) {
    if (confirms(options)) {
        std::cout << text << '\n';
    }
}

Table::Titles titles(const Options& options) {
    return !options.legend ? Table::Titles::left_out : colored() ? Table::Titles::bold : Table::Titles::plain;
}

int status_of(const Error& error) noexcept {
    return values::info(error.code()).exit_status;
}

int status_after(int before, int failure) noexcept {
    return before == exit_ok || before == failure ? failure : exit_failed;
}

}  // namespace iopriority::cli
