// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Puts a process into the background: in JavaScript with node and dbus-next.
//
//   npm install
//   node main.js PID

const { DBusError, Message, systemBus } = require('dbus-next');

const ALLOW_INTERACTIVE_AUTHORIZATION = 4; // of the D-Bus specification: dbus-next has no name for it

const argument = process.argv[2] ?? '0'; // 0 is this process
if (!/^[0-9]+$/.test(argument)) {
    console.error(`failed: ${argument} is not a process id`);
    process.exit(1);
}
const pid = Number(argument);
const bus = systemBus();

// polkit may ask a person, which only the flag of a message can allow: an object of getInterface() has no way to set it.
// The answer takes as long as the person does: dbus-next waits without end.
async function call(member, signature, body, flags = 0) {
    const reply = await bus.call(new Message({
        destination: 'org.example.IoPriority',
        path: '/org/example/IoPriority',
        interface: 'org.example.IoPriority',
        member, signature, body, flags,
    }));
    return reply.body;
}

function explain(error) {
    if (!(error instanceof DBusError)) {
        return `failed: ${error.message}`;
    }
    switch (error.type) {
    case 'org.example.IoPriority.Error.Dismissed':
        return 'cancelled'; // the person closed the dialog: no more is to be said
    case 'org.freedesktop.DBus.Error.AccessDenied':
    case 'org.freedesktop.DBus.Error.InteractiveAuthorizationRequired':
        return `not authorized: ${error.text}`;
    default:
        return `failed: ${error.text}`;
    }
}

async function main() {
    console.log('before:', ...await call('Get', 'u', [pid]));
    console.log('threads:', ...await call('SetProcess', 'usu', [pid, 'idle', 0], ALLOW_INTERACTIVE_AUTHORIZATION));
    console.log('after:', ...await call('Get', 'u', [pid]));
}

bus.on('error', error => { // without a bus, for instance
    console.error(`failed: ${error.message}`);
    process.exit(1);
});
main().catch(error => {
    console.error(explain(error));
    process.exitCode = 1;
}).finally(() => bus.disconnect());
