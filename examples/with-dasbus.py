#!/usr/bin/python3
# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Puts a process into the background: in Python with dasbus (Debian: python3-dasbus).

./with-dasbus.py PID
"""

import sys

from dasbus.connection import SystemMessageBus
from dasbus.error import DBusError, ErrorMapper, get_error_decorator
from gi.repository import Gio

errors = ErrorMapper()
dbus_error = get_error_decorator(errors)


@dbus_error("org.freedesktop.DBus.Error.AccessDenied")
class AccessDenied(DBusError):
    pass


@dbus_error("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired")
class InteractionRequired(DBusError):
    pass


@dbus_error("org.example.IoPriority.Error.Dismissed")
class Dismissed(DBusError):
    pass


def main(pid):
    # With the name of the interface: otherwise Get is taken for org.freedesktop.DBus.Properties.Get.
    service = SystemMessageBus(error_mapper=errors).get_proxy(
        "org.example.IoPriority", "/org/example/IoPriority", "org.example.IoPriority"
    )
    try:
        print("before: {} {}".format(*service.Get(pid)))
        # polkit may ask a person, and the answer takes as long as the person does: dasbus waits without end.
        threads = service.SetProcess(pid, "idle", 0, flags=Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION)
        print(f"threads: {threads}")
        print("after: {} {}".format(*service.Get(pid)))
    except Dismissed:
        sys.exit("cancelled")  # the person closed the dialog: no more is to be said
    except (AccessDenied, InteractionRequired) as error:
        sys.exit(f"not authorized: {error}")
    except DBusError as error:
        sys.exit(f"failed: {error}")


if __name__ == "__main__":
    word = sys.argv[1] if len(sys.argv) == 2 else "0"  # 0 is this process
    if not word.isdecimal() or int(word) >= 2**31:
        sys.exit(f"failed: {word} is not a process id")
    main(int(word))
