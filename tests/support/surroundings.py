#!/usr/bin/python3
# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a program asks whether it disturbs anybody: a stand-in for UPower and logind, on a bus that has neither.

Prints "ready"; after each line of input, `OnBattery true` or `IdleHint false`, which it announces as they do, "ok".
"""

import sys

from gi.repository import Gio, GLib

DESCRIPTION = """
<node>
  <interface name="org.freedesktop.UPower">
    <property name="OnBattery" type="b" access="read"/>
  </interface>
  <interface name="org.freedesktop.login1.Session">
    <property name="IdleHint" type="b" access="read"/>
  </interface>
  <interface name="org.freedesktop.login1.Manager">
    <method name="GetSession">
      <arg type="s" direction="in"/>
      <arg type="o" direction="out"/>
    </method>
  </interface>
</node>
"""
SESSION = "/org/freedesktop/login1/session/_31"
PLACES = {
    "OnBattery": ("/org/freedesktop/UPower", "org.freedesktop.UPower"),
    "IdleHint": (SESSION, "org.freedesktop.login1.Session"),
}

values = {"OnBattery": False, "IdleHint": False}
bus = Gio.bus_get_sync(Gio.BusType.SYSTEM)
loop = GLib.MainLoop()


def find_session(_bus, _sender, _path, _interface, _method, arguments, invocation):
    assert arguments.unpack() == ("auto",)
    invocation.return_value(GLib.Variant("(o)", (SESSION,)))


def value_of(_bus, _sender, _path, _interface, key):
    return GLib.Variant("b", values[key])


def change(line):
    key, word = line.split()
    values[key] = word == "true"
    path, interface = PLACES[key]
    changed = GLib.Variant("(sa{sv}as)", (interface, {key: GLib.Variant("b", values[key])}, []))
    bus.emit_signal(None, path, "org.freedesktop.DBus.Properties", "PropertiesChanged", changed)
    bus.flush_sync()
    print("ok", flush=True)


def typed(channel, _condition):
    line = channel.readline()
    if line == "":
        loop.quit()
        return False
    change(line)
    return True


interfaces = Gio.DBusNodeInfo.new_for_xml(DESCRIPTION)
for place, name in (*PLACES.values(), ("/org/freedesktop/login1", "org.freedesktop.login1.Manager")):
    bus.register_object(place, interfaces.lookup_interface(name), find_session, value_of, None)
for name in ("org.freedesktop.UPower", "org.freedesktop.login1"):
    request = GLib.Variant("(su)", (name, 4))  # or not at all
    (reply,) = bus.call_sync(
        "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "RequestName", request, None, 0, -1, None
    ).unpack()
    assert reply == 1, name
GLib.io_add_watch(sys.stdin, GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, typed)
print("ready", flush=True)
loop.run()
