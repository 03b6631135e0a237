// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Puts a process into the background: in Vala with GLib.
//
//   valac --pkg gio-2.0 -o background background.vala
//   ./background PID

// Of both interfaces what it calls.
[DBus (name = "org.example.IoPriority")]
interface Plain : Object {
    [DBus (name = "Get")]
    public abstract void read (uint pid, out string io_class, out uint level) throws Error;
}

[DBus (name = "org.example.IoPriority.Extended1")]
interface Extended : Object {
    public abstract async HashTable<string, Variant> set_priority (string kind, Variant target, string io_class,
        uint level, HashTable<string, Variant> options) throws Error;
}

const string NAME = "org.example.IoPriority";
const string PATH = "/org/example/IoPriority";

void show (string when, uint pid) throws Error {
    string io_class;
    uint level;
    Plain service = Bus.get_proxy_sync (BusType.SYSTEM, NAME, PATH);
    service.read (pid, out io_class, out level);
    print ("%s: %s %u\n", when, io_class, level);
}

async void put_into_background (uint pid) throws Error {
    show ("before", pid);
    Extended service = yield Bus.get_proxy (BusType.SYSTEM, NAME, PATH);
    // polkit may ask a person, and the answer takes as long as the person does. Meanwhile the loop runs, and with it a
    // program's windows. (Vala has no way to set a message flag: the option does the same.)
    ((DBusProxy) service).set_default_timeout (int.MAX);
    var options = new HashTable<string, Variant> (str_hash, str_equal);
    options["interactive"] = true;
    var result = yield service.set_priority ("process", pid, "idle", 0, options);
    print ("threads: %u\n", result["threads"].get_uint32 ());
    show ("after", pid);
}

string explain (Error error) {
    var name = DBusError.get_remote_error (error);
    DBusError.strip_remote_error (error);
    switch (name) {
    case "org.example.IoPriority.Error.Dismissed":
        return "cancelled"; // the person closed the dialog: no more is to be said
    case "org.freedesktop.DBus.Error.AccessDenied":
    case "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired":
        return "not authorized: " + error.message;
    default:
        return "failed: " + error.message;
    }
}

int main (string[] arguments) {
    var loop = new MainLoop ();
    var status = 0;
    uint64 pid = 0; // this process
    if (arguments.length == 2 && (!uint64.try_parse (arguments[1], out pid) || pid > uint32.MAX)) {
        printerr ("failed: %s is not a process id\n", arguments[1]);
        return 1;
    }
    put_into_background.begin ((uint) pid, (source, result) => {
        try {
            put_into_background.end (result);
        } catch (Error error) {
            printerr ("%s\n", explain (error));
            status = 1;
        }
        loop.quit ();
    });
    loop.run ();
    return status;
}
