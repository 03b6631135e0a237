// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Bases of classes that are neither copied nor moved.
#pragma once

namespace iopriority {

/// For a class whose objects are identified by their address: others refer to them, or their destructor undoes
/// something.
class NotCopyable {
 public:
    NotCopyable(const NotCopyable&) = delete;
    NotCopyable& operator=(const NotCopyable&) = delete;

 protected:
    NotCopyable() = default;
    ~NotCopyable() = default;
};

/// For an interface: a class that others implement, and that is destroyed through its base.
class Interface : public NotCopyable {
 public:
    virtual ~Interface() = default;
};

}  // namespace iopriority
