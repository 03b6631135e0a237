# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Point 5: start, memory, sizes, libraries, instructions."""
import glob
import os
import re
import subprocess

import speed
from actors import Target, compare, daemon_pid, measure

OURS = ['/usr/libexec/iopriorityd', '/usr/bin/ioprioctl', '/usr/lib/x86_64-linux-gnu/libiopriority.so.1',
        *glob.glob('/usr/lib/x86_64-linux-gnu/iopriority/*.so')]
PEERS = ['/usr/libexec/rtkit-daemon', '/usr/lib/kauth/libexec/ksysguardprocesslist_helper', '/usr/bin/ionice',
         '/usr/bin/pkexec', '/usr/bin/sudo']


def memory():
    """Resident and unique KiB of the daemon."""
    with open(f'/proc/{daemon_pid()}/smaps_rollup', encoding='ascii') as file:
        values = dict(re.findall(r'^(\w+): +(\d+) kB', file.read(), re.MULTILINE))
    return int(values['Rss']), int(values['Private_Clean']) + int(values['Private_Dirty'])


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


def in_memory(report, size):
    rows = []

    def look(when):
        resident, unique = memory()
        rows.append({'when': when, 'resident_kib': resident, 'unique_kib': unique})
        report.note(f'memory {when}: {resident / 1024:.1f} MiB resident, {unique / 1024:.1f} MiB of them its own')

    compare('root', 1, 'start:org.example.IoPriority', warm=0)
    look('after its first call')
    look(f'after {many_calls(size.many_calls)} calls')
    with Target('alice', 'threads', size.threads[-1]) as target:
        compare('alice', size.fewest, f'set:{target.target}:idle:0', warm=0)
        look(f'after {size.fewest} changes of {size.threads[-1]} threads')
    report.sections[-1]['memory'] = rows


def on_disk(report):
    rows = []
    for path in OURS + PEERS:
        if os.path.exists(path):
            row = {'file': path, 'bytes': os.stat(path).st_size, 'libraries': libraries(path)}
            rows.append(row)
            report.note(f'{path}: {row["bytes"] / 1024:.0f} KiB, {row["libraries"]} libraries')
    report.sections[-1]['files'] = rows


def start_and_size(report, size):
    report.section(5, 'Start and size')
    speed.first_call(report, size)
    in_memory(report, size)
    on_disk(report)
