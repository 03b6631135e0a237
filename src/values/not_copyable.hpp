// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Bases of classes that are neither copied nor moved.
#pragma once

namespace iopriority {

/// Of a class whose objects are told apart by where they are: others refer to them, or their destructor undoes
/// something.
class NotCopyable {
 public:
    NotCopyable(const NotCopyable&) = delete;
    NotCopyable& operator=(const NotCopyable&) = delete;

 protected:
    NotCopyable() = default;
    ~NotCopyable() = default;
};

/// Of a class that is implemented by others, and destroyed without knowing which.
class Interface : public NotCopyable {
 public:
    virtual ~Interface() = default;
};

}  // namespace iopriority
