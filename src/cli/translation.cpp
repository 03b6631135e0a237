// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/translation.hpp"

#include <langinfo.h>
#include <libintl.h>

#include <cstdlib>
#include <cstring>

namespace iopriority::cli::translation {

namespace {

/// All texts are UTF-8, as names are: in a locale with another encoding only English is readable. No catalogue is
/// opened in the C locale. The directory is the installed one: a slash in $LANGUAGE would name another.
bool has_language() {
    static const bool begun = [] {
        const char* language = std::getenv("LANGUAGE");  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
        const bool elsewhere = language != nullptr && std::strchr(language, '/') != nullptr;
        return !elsewhere && std::string_view(::nl_langinfo(CODESET)) == "UTF-8" &&
               ::bindtextdomain(values::translation_domain, IOPRIORITY_LOCALEDIR) != nullptr;
    }();
    return begun;
}

}  // namespace

const char* find(const char* text) {
    // The translation of an empty text is the header of the catalogue.
    return *text != '\0' && has_language() ? ::dgettext(values::translation_domain, text) : text;
}

const char* find(const char* one, const char* many, unsigned long count) {
    return has_language() ? ::dngettext(values::translation_domain, one, many, count) : count == 1 ? one : many;
}

std::string fill(std::string_view text, const std::vector<std::string>& words) {
    std::string filled;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char digit = text[i] == '%' && i + 1 < text.size() ? text[i + 1] : '\0';
        const auto index = static_cast<std::size_t>(digit - '1');
        if (digit >= '1' && digit <= '9' && index < words.size()) {
            filled += words[index];
            ++i;
        } else {
            filled += text[i];
        }
    }
    return filled;
}

}  // namespace iopriority::cli::translation
