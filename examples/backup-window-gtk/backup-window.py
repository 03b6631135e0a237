#!/usr/bin/python3
# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A window that backs up a folder and leaves the disk to the person meanwhile: Python with GTK 4.

./backup-window.py FOLDER ARCHIVE [PID...]

tar does the work. PIDs are up to 15 processes that work for it, also root's: they are lowered with it, by one request and one dialog.
While nobody is at the machine and it is on mains, the backup runs at full speed. (Debian: gir1.2-gtk-4.0, python3-gi.)
"""

import os
import sys

import gi

gi.require_version("Gtk", "4.0")
from gi.repository import Gio, GLib, Gtk  # noqa: E402

USUAL = "the backup runs at its usual priority."
SENTENCES = {
    "org.freedesktop.DBus.Error.AccessDenied": f"You may not lower what works for this backup, or the dialog was closed: {USUAL}",
    "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired": f"A password is needed, and nobody was asked: {USUAL}",
    "org.freedesktop.DBus.Error.LimitsExceeded": f"Too many programs hold priorities already: {USUAL}",
    "org.freedesktop.DBus.Error.ServiceUnknown": f"The service iopriority is not installed: {USUAL}",
    # The person closed the dialog, and need not be told.
    "org.example.IoPriority.Error.Dismissed": USUAL.capitalize(),
    "org.example.IoPriority.Error.NoSuchProcess": f"A process of the backup has ended already: {USUAL}",
    "org.example.IoPriority.Error.AuthorityUnavailable": f"The question for a password was not answered: {USUAL}",
}


def sentence(error):
    """What a person is told about an error."""
    name = Gio.DBusError.get_remote_error(error)
    return SENTENCES.get(name) or f"The backup could not be lowered: {error.message.removeprefix(f'GDBus.Error:{name}: ')}"


class Hold:
    """Lowers processes and what they start, until end() or the end of this program. Tells by say(text) what happened."""

    def __init__(self, bus, say):
        self.bus = bus
        self.say = say
        self.descriptor = None
        self.cancellable = None
        self.watch = 0
        self.refused = False

    def begin(self, pids, interactive):
        """Asks for the hold. The loop goes on while a person types a password."""
        if self.descriptor is not None or self.cancellable is not None:
            return
        pidfds = []
        try:
            for pid in pids:
                pidfds.append(os.pidfd_open(pid))
        except OSError:
            for pidfd in pidfds:
                os.close(pidfd)
            self.refused = True
            self.say(SENTENCES["org.example.IoPriority.Error.NoSuchProcess"])
            return
        self.cancellable = Gio.Cancellable()
        target = GLib.Variant("ah", range(len(pidfds)))
        options = {"descendants": GLib.Variant("b", True), "interactive": GLib.Variant("b", interactive)}
        self.bus.call_with_unix_fd_list(
            "org.example.IoPriority",
            "/org/example/IoPriority",
            "org.example.IoPriority.Extended1",
            "HoldPriority",
            GLib.Variant("(svsua{sv})", ("pidfds", target, "idle", 0, options)),
            GLib.VariantType("(ha{sv})"),
            Gio.DBusCallFlags.NONE,
            GLib.MAXINT,
            Gio.UnixFDList.new_from_array(pidfds),  # which closes them
            self.cancellable,
            self.begun,
        )

    def begun(self, bus, reply):
        try:
            values, descriptors = bus.call_with_unix_fd_list_finish(reply)
        except GLib.Error as error:
            if not error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED):
                self.cancellable = None
                self.refused = True
                self.say(sentence(error))
            return
        self.cancellable = None
        index, result = values.unpack()
        self.descriptor = descriptors.get(index)
        self.watch = GLib.unix_fd_add_full(
            GLib.PRIORITY_DEFAULT, self.descriptor, GLib.IOCondition.IN | GLib.IOCondition.HUP, self.told
        )
        self.say(f"In the background: {result['processes']} processes with {result['threads']} threads.")

    def told(self, descriptor, condition):
        """One byte: somebody has set a held thread. The end: the hold is lost."""
        if condition & GLib.IOCondition.IN and os.read(descriptor, 1):
            self.say("Somebody else has set the priority of the backup: that stays.")
            return GLib.SOURCE_CONTINUE
        self.watch = 0
        self.end()
        self.say(f"The service was stopped: {USUAL}")
        return GLib.SOURCE_REMOVE

    def end(self):
        """Each thread has again what it had."""
        if self.cancellable is not None:
            self.cancellable.cancel()
            self.cancellable = None
        if self.watch != 0:
            GLib.source_remove(self.watch)
            self.watch = 0
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None


class Surroundings:
    """Whether the disk is free for a backup: on mains, and nobody at the machine. Calls changed() when that may differ."""

    def __init__(self, bus, changed):
        self.values = {}
        self.proxies = []
        self.bus = bus
        self.changed = changed
        self.follow("org.freedesktop.UPower", "/org/freedesktop/UPower", "org.freedesktop.UPower", "OnBattery")
        # Signals come from the path of the session itself, not from that of "auto".
        bus.call(
            "org.freedesktop.login1",
            "/org/freedesktop/login1",
            "org.freedesktop.login1.Manager",
            "GetSession",
            GLib.Variant("(s)", ("auto",)),
            None,
            Gio.DBusCallFlags.NONE,
            -1,
            None,
            self.session_found,
        )

    def are_free(self):
        return self.values.get("OnBattery") is False and self.values.get("IdleHint") is True

    def session_found(self, bus, reply):
        try:
            (path,) = bus.call_finish(reply).unpack()
        except GLib.Error:
            return  # nobody knows: the backup stays in the background
        self.follow("org.freedesktop.login1", path, "org.freedesktop.login1.Session", "IdleHint")

    def follow(self, name, path, interface, key):
        def changed(proxy, *_):
            value = proxy.get_cached_property(key)
            self.values[key] = None if value is None else value.unpack()
            self.changed()

        def ready(_, reply):
            proxy = Gio.DBusProxy.new_finish(reply)
            proxy.connect("g-properties-changed", changed)
            self.proxies.append(proxy)
            changed(proxy)

        Gio.DBusProxy.new(self.bus, Gio.DBusProxyFlags.NONE, None, name, path, interface, None, ready)


class Window(Gtk.ApplicationWindow):
    """A button that starts and stops the backup, and one line that says how it goes."""

    def __init__(self, application, folder, archive, helpers):
        super().__init__(application=application, title="Backup", default_width=480)
        self.command = ["tar", "--create", "--gzip", "--file", archive, "--directory", folder, "."]
        self.helpers = helpers
        self.backup = None
        bus = Gio.bus_get_sync(Gio.BusType.SYSTEM)
        self.hold = Hold(bus, self.say)
        self.surroundings = Surroundings(bus, self.surroundings_changed)
        self.button = Gtk.Button(label="Back Up")
        self.button.connect("clicked", self.clicked)
        self.label = Gtk.Label(wrap=True)
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12)
        for side in ("top", "bottom", "start", "end"):
            getattr(box, f"set_margin_{side}")(12)
        box.append(self.label)
        box.append(self.button)
        self.set_child(box)
        self.set_default_widget(self.button)
        self.connect("close-request", self.closing)
        self.say(f"{folder} will be backed up.")

    def say(self, text):
        """Shows it, and prints it for who has started this from a terminal."""
        self.label.set_label(text)
        print(text, flush=True)

    def clicked(self, _):
        if self.backup is not None:
            self.backup.send_signal(15)
            return
        try:
            self.backup = Gio.Subprocess.new(self.command, Gio.SubprocessFlags.NONE)
        except GLib.Error as error:
            self.say(f"The backup did not start: {error.message}")
            return
        self.button.set_label("Stop")
        self.say("The backup runs.")
        self.hold.refused = False
        self.backup.wait_async(None, self.ended)
        self.lower(interactive=True)

    def lower(self, interactive):
        """Where nobody is disturbed, the backup is not held back."""
        if self.surroundings.are_free():
            self.say("Nobody is here, and the computer is on mains: the backup runs at full speed.")
        else:
            self.hold.begin([int(self.backup.get_identifier()), *self.helpers], interactive)

    def surroundings_changed(self):
        if self.backup is None or self.hold.refused:
            return
        if self.surroundings.are_free():
            self.hold.end()
        self.lower(interactive=False)  # nobody is asked twice

    def ended(self, backup, result):
        backup.wait_finish(result)
        self.hold.end()  # the helpers, too, have again what they had
        self.backup = None
        self.button.set_label("Back Up")
        if backup.get_if_exited() and backup.get_exit_status() == 0:
            self.say("The backup is complete.")
        else:
            self.say("The backup did not complete.")

    def closing(self, _):
        if self.backup is not None:
            self.backup.send_signal(15)
        return False  # the hold ends with the program


def main(folder, archive, *pids):
    application = Gtk.Application(application_id="org.example.Backup", flags=Gio.ApplicationFlags.NON_UNIQUE)
    application.connect("activate", lambda self: Window(self, folder, archive, [int(pid) for pid in pids]).present())
    return application.run()


if __name__ == "__main__":
    if not 3 <= len(sys.argv) <= 18:  # a bus takes 16 descriptors in a message: 15 PIDs, and tar
        sys.exit(__doc__)
    for word in sys.argv[3:]:
        if not word.isascii() or not word.isdigit():
            sys.exit(f"backup-window: {word!r} is not a process id")
    sys.exit(main(*sys.argv[1:]))
