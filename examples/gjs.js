// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Puts a process into the background: in JavaScript with gjs.
//
//   gjs -m gjs.js PID

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import System from 'system';

// The methods that it calls, of /usr/share/dbus-1/interfaces/org.example.IoPriority.xml
const IoPriority = Gio.DBusProxy.makeProxyWrapper(`
<node>
  <interface name="org.example.IoPriority">
    <method name="SetProcess">
      <arg name="pid" type="u" direction="in"/>
      <arg name="io_class" type="s" direction="in"/>
      <arg name="level" type="u" direction="in"/>
      <arg name="threads" type="u" direction="out"/>
    </method>
    <method name="Get">
      <arg name="pid" type="u" direction="in"/>
      <arg name="io_class" type="s" direction="out"/>
      <arg name="level" type="u" direction="out"/>
    </method>
  </interface>
</node>`);

function explain(error) {
    const name = Gio.DBusError.get_remote_error(error);
    Gio.DBusError.strip_remote_error(error);
    switch (name) {
    case 'org.example.IoPriority.Error.Dismissed':
        return 'cancelled'; // the person closed the dialog: no more is to be said
    case 'org.freedesktop.DBus.Error.AccessDenied':
    case 'org.freedesktop.DBus.Error.InteractiveAuthorizationRequired':
        return `not authorized: ${error.message}`;
    default:
        return `failed: ${error.message}`;
    }
}

const pid = Number(System.programArgs[0] ?? 0); // 0 is this process
if (!Number.isInteger(pid)) {
    printerr(`failed: ${System.programArgs[0]} is not a process id`);
    System.exit(1);
}
try {
    const service = new IoPriority(Gio.DBus.system, 'org.example.IoPriority', '/org/example/IoPriority');
    print('before:', ...await service.GetAsync(pid));
    // polkit may ask a person, and the answer takes as long as the person does.
    service.gDefaultTimeout = GLib.MAXINT32;
    const interactive = Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION;
    print('threads:', ...await service.SetProcessAsync(pid, 'idle', 0, interactive));
    print('after:', ...await service.GetAsync(pid));
} catch (error) {
    printerr(explain(error));
    System.exit(1);
}
