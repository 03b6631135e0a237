# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Start, memory, sizes, libraries."""
import glob
import os
import re
import subprocess

import speed
from actors import OURS as NAME
from actors import Target, compare, daemon_pid, measure

OURS = ['/usr/libexec/iopriorityd', '/usr/bin/ioprioctl', '/usr/lib/x86_64-linux-gnu/libiopriority.so.1',
        *glob.glob('/usr/lib/x86_64-linux-gnu/iopriority/*.so')]
PEERS = ['/usr/libexec/rtkit-daemon', '/usr/lib/kauth/libexec/ksysguardprocesslist_helper', '/usr/bin/ionice',
         '/usr/bin/pkexec', '/usr/bin/sudo']


def memory():
    """Resident and unique KiB of the daemon, and the number of libraries that it has loaded."""
    pid = daemon_pid()
    with open(f'/proc/{pid}/smaps_rollup', encoding='ascii') as file:
        values = dict(re.findall(r'^(\w+): +(\d+) kB', file.read(), re.MULTILINE))
    with open(f'/proc/{pid}/maps', encoding='ascii') as file:
        loaded = set(re.findall(r'/\S+\.so[.\d]*$', file.read(), re.MULTILINE))
    return int(values['Rss']), int(values['Private_Clean']) + int(values['Private_Dirty']), len(loaded)


def libraries(path):
    found = subprocess.run(['ldd', path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    return sum(' => ' in line for line in found.stdout.splitlines())


def many_calls(number):
    done = 0
    window = 2000 if number > 10_000 else 10  # ms
    while done < number:
        counts = measure('alice', 'crowd', '--connections', 50, '--rounds', 1, '--window', window, 'get', 'set',
                         input='go\n')
        done += counts['get.served'][0] + counts['set.served'][0]
    return done


def look(report, when, goal=None, most_libraries=None):
    resident, unique, loaded = memory()
    report.note(f'memory {when}: {resident / 1024:.1f} MiB resident, {unique / 1024:.1f} MiB of them its own; {loaded} libraries')
    report.sections[-1].setdefault('memory', []).append({'when': when, 'resident_kib': resident, 'unique_kib': unique, 'libraries': loaded})
    if goal is not None:
        report.compare(f'memory {when}', resident / 1024, goal, unit='MiB')
    if most_libraries is not None:
        report.compare(f'libraries {when}', loaded, most_libraries)


def idle_and_asked(report):
    """Of a service that has just started (by a call of root's), and after it asked polkit."""
    look(report, 'idle', 7.0, 18)
    compare('alice', 1, 'set:0:realtime:4', warm=0)
    look(report, 'after polkit was asked', 8.5)


def in_memory(report, size):
    compare('root', 1, f'start:{NAME}', warm=0)
    idle_and_asked(report)
    look(report, f'after {many_calls(size.many_calls)} calls')
    with Target('alice', 'threads', size.threads[-1]) as target:
        compare('alice', size.fewest, f'set:{target.target}:idle:0', warm=0)
        look(report, f'after {size.fewest} changes of {size.threads[-1]} threads')


def on_disk(report):
    rows = []
    for path in OURS + PEERS:
        if os.path.exists(path):
            row = {'file': path, 'bytes': os.stat(path).st_size, 'libraries': libraries(path)}
            rows.append(row)
            report.note(f'{path}: {row["bytes"] / 1024:.0f} KiB, {row["libraries"]} libraries')
    report.sections[-1]['files'] = rows


def start_and_size(report, size):
    report.section(8, 'Start and size')
    speed.first_call(report, size)
    in_memory(report, size)
    on_disk(report)
