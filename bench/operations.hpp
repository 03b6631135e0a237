// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What can be timed. An operation is written as words with colons between, "NAME=" before it: what its samples are
/// called. PID 0 is the measuring process itself. Where no priority is named, it is idle.
///
///   ping                            org.freedesktop.DBus.Peer.Ping of the service
///   quiet-ping                      the same, after one that waits for what is still to be done
///   connect                         a stranger's connection to the bus, which ends at once
///   get:PID, set:PID:CLASS:LEVEL    the service's methods, all on one connection
///   again:PID, turn:PID             SetProcess where nothing is to be changed; to idle and best-effort in turn
///   set-user:UID, set-group:PGID, set-tree:PID, set-children:PID, set-unit:PGID:UNIT
///   check:ACTION                    polkit's CheckAuthorization of this connection
///   mechanism-check:ACTION          the same question, asked by the service's user (compare --as USER)
///   rtkit:TID                       rtkit's MakeThreadHighPriority, nice -1
///   kde:PID:CLASS:LEVEL             KDE's KAuth helper; numbers of ioprio_set(2)
///   library:PID                     libiopriority, kernel first
///   verified:PID:PASSES, listing:PID, syscall:PID, group:PGID, user:UID   the floors of threads.hpp
///   run:PID:WORD,WORD...            a program, to its end; PID is what it changes
///   start:NAME, start-unit:NAME:UNIT   the first call of a service that was stopped before; as a unit of systemd
///
/// What is changed is set back before each time, by system call and untimed, so that each time something is to be
/// changed.
#pragma once

#include <functional>
#include <string>

#include "measure.hpp"

namespace iopriority::bench {

struct Operation {
    std::string name;
    std::function<void()> prepare;  ///< not timed
    std::function<void()> run;
};

[[nodiscard]] Operation operation(const std::string& text);

/// From root, this process becomes that user for good. Before that it opens a connection of the service's user, which
/// may ask polkit about others.
void as_user(const std::string& name);

/// Runs a program to its end by posix_spawn(3); throws if its status is not 0.
void run_program(const Words& command);

}  // namespace iopriority::bench
