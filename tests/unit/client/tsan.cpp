// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What ThreadSanitizer cannot see: libstdc++.so is not built with it, and counts the owners of an exception there.
// NOLINTNEXTLINE(*-reserved-identifier, *-identifier-naming): the sanitizer's name for it
extern "C" __attribute__((visibility("default"))) const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() {
    return "race:std::__exception_ptr::exception_ptr::_M_release\n";
}
