# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs that run on the private bus, as users of it."""
import json
import os
import pwd
import select
import subprocess
import time

TOOLS = '/run/tools'
OURS = 'org.example.IoPriority'
REALTIME = 'org.example.IoPriority.set-realtime'


def as_user(user, command):
    if user == 'root':
        return list(command)
    return ['setpriv', f'--reuid={user}', f'--regid={user}', '--init-groups', *command]


def tool(name):
    return os.path.join(TOOLS, name)


def uid_of(user):
    return pwd.getpwnam(user).pw_uid


def measure(user, *words, **options):
    """Runs measure to its end: its JSON."""
    command = as_user(user, [tool('measure'), *map(str, words)])
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, **options)
    if done.returncode != 0:
        raise RuntimeError(f'{" ".join(command)}: {done.stderr.strip()}')
    return json.loads(done.stdout.removeprefix('ready\n'))


def compare(user, rounds, *operations, warm=None):
    """Samples of each operation. Options of measure may stand among them."""
    return measure(user, 'compare', '--rounds', rounds, '--warm', max(1, rounds // 20) if warm is None else warm,
                   *operations)


class Program:
    """A program under way; a context manager that closes its input and waits for its end."""

    def __init__(self, user, *command, pass_fds=()):
        self.process = subprocess.Popen(as_user(user, command), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, pass_fds=pass_fds)

    @property
    def pid(self):
        return self.process.pid

    def line(self):
        """The next, which has not been read with another one."""
        if not select.select([self.process.stdout], [], [], 60)[0]:
            raise RuntimeError(f'{self.process.args} says nothing')
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f'{self.process.args} has ended')
        return line.rstrip('\n')

    def say(self, line):
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()

    def finish(self):
        """The rest of its output."""
        rest, _ = self.process.communicate()
        if self.process.returncode != 0:
            raise RuntimeError(f'{self.process.args} ended with status {self.process.returncode}')
        return rest

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.process.poll() is None:
            if error[0] is not None:
                self.process.kill()
            self.process.communicate()


class Target(Program):
    """A process to be changed (tests/support/target.cpp), or many (measure processes)."""

    def __init__(self, user, *mode, young=False):
        program = [tool('measure')] if mode[0] == 'processes' else [tool('bench_target')]
        super().__init__(user, *program, *map(str, mode))
        self.target = int(self.line().split()[1])
        if mode[-1] != 1 and not young:
            # A process whose threads are younger than a second is set twice, 20 ms apart: others may be on their way.
            time.sleep(1.1)


def daemon_pid():
    command = ['busctl', '--system', 'call', 'org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus',
               'GetConnectionUnixProcessID', 's', OURS]
    return int(subprocess.check_output(command, text=True).split()[1])


def schedstat(pid, field):
    """/proc/PID/schedstat of all its threads: nanoseconds on a processor (0), and how often they were given one (2)."""
    directory = f'/proc/{pid}/task'
    total = 0
    for thread in os.listdir(directory):
        with open(f'{directory}/{thread}/schedstat', encoding='ascii') as file:
            total += int(file.read().split()[field])
    return total
