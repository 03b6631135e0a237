#!/usr/bin/python3
# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Puts a process into the background: in Python with PyGObject (Debian: python3-gi).

./pygobject.py PID
"""

import sys

from gi.repository import Gio, GLib

WITHOUT_END = GLib.MAXINT


def explain(error):
    name = Gio.DBusError.get_remote_error(error)
    message = error.message.removeprefix(f"GDBus.Error:{name}: ")  # (strip_remote_error() strips a copy, in Python)
    if name == "org.example.IoPriority.Error.Dismissed":
        return "cancelled"  # the person closed the dialog: no more is to be said
    if name in (
        "org.freedesktop.DBus.Error.AccessDenied",
        "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired",
    ):
        return f"not authorized: {message}"
    return f"failed: {message}"


def main(pid):
    service = Gio.DBusProxy.new_for_bus_sync(
        Gio.BusType.SYSTEM,
        Gio.DBusProxyFlags.NONE,
        None,
        "org.example.IoPriority",
        "/org/example/IoPriority",
        "org.example.IoPriority",
        None,
    )
    loop = GLib.MainLoop()
    failures = []

    def done(proxy, result):
        try:
            print("threads: {}".format(*proxy.call_finish(result).unpack()))
            print("after: {} {}".format(*proxy.Get("(u)", pid)))
        except GLib.Error as error:
            failures.append(explain(error))
        loop.quit()

    try:
        print("before: {} {}".format(*service.Get("(u)", pid)))
    except GLib.Error as error:
        sys.exit(explain(error))
    # polkit may ask a person, and the answer takes as long as the person does. Meanwhile the loop runs, and with it a
    # program's windows.
    service.call(
        "SetProcess",
        GLib.Variant("(usu)", (pid, "idle", 0)),
        Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION,
        WITHOUT_END,
        None,
        done,
    )
    loop.run()
    if failures:
        sys.exit(failures[0])


if __name__ == "__main__":
    word = sys.argv[1] if len(sys.argv) == 2 else "0"  # 0 is this process
    if not word.isdecimal() or int(word) >= 2**31:
        sys.exit(f"failed: {word} is not a process id")
    main(int(word))
