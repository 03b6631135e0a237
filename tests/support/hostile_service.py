#!/usr/bin/python3
# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""hostile_service.py ADDRESS - has the name of the service on another bus, that of a machine which cannot be trusted: every
text in its answers would set a terminal's title, clear it and turn its lines around. Prints "ready" when it has the name."""

import sys

from gi.repository import Gio, GLib

NAME = "org.example.IoPriority"
HOSTILE = "\x1b]0;title\x07\x9b2J\u202ebackwards\r\n"

INTERFACE = f"""<node><interface name='{NAME}.Extended1'>
<method name='DescribePriority'><arg type='s' direction='in'/><arg type='v' direction='in'/>
<arg type='a{{sv}}' direction='in'/><arg type='a{{sv}}' direction='out'/></method>
<method name='ListDevices'><arg type='a(sss)' direction='out'/></method>
</interface></node>"""

DETAILS = {
    "io-class": GLib.Variant("s", "idle"),
    "level": GLib.Variant("u", 0),
    "effective-class": GLib.Variant("s", "idle"),
    "effective-level": GLib.Variant("u", 0),
    "source": GLib.Variant("s", HOSTILE),
    "processes": GLib.Variant("u", 1),
    "threads": GLib.Variant("u", 2),
    "breakdown": GLib.Variant("a{su}", {HOSTILE: 1, "idle": 1}),
    "programs": GLib.Variant("as", [HOSTILE]),
}


def on_call(_bus, _sender, _path, _interface, method, _arguments, invocation):
    if method == "ListDevices":
        invocation.return_value(GLib.Variant("(a(sss))", ([(HOSTILE, HOSTILE, HOSTILE)],)))
    else:
        invocation.return_value(GLib.Variant("(a{sv})", (DETAILS,)))


# What has no answer here (what sets) is an error with a text of its own.
def on_message(bus, message, incoming):
    if incoming and message.get_member() in ("SetProcess", "SetUser", "SetPriority", "HoldPriority"):
        bus.send_message(Gio.DBusMessage.new_method_error_literal(message, NAME + ".Error.Failed", HOSTILE),
                         Gio.DBusSendMessageFlags.NONE)
        return None
    return message


flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
connection = Gio.DBusConnection.new_for_address_sync(sys.argv[1], flags, None, None)
connection.add_filter(on_message)
for interface in Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces:
    connection.register_object("/org/example/IoPriority", interface, on_call, None, None)
Gio.bus_own_name_on_connection(connection, NAME, Gio.BusNameOwnerFlags.NONE, lambda *_: print("ready", flush=True), None)
GLib.MainLoop().run()
