# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Points 1 to 3: one call; one call through polkit; what people would use instead."""
import contextlib
import time

from actors import OURS, REALTIME, Target, compare
from figures import ratio
from rows import PING, Row, joined, measure_rows, show, through_polkit

KDE = 'org.kde.ksysguard.processlisthelper'
OTHERS_ACTION = 'org.example.IoPriority.set-other-users'
# Users with a rule for nothing: for changes that are logged, for dialogs and holds.
OTHERS = [f'other{i}' for i in range(16)]

ITSELF = 'SetProcess of itself=set:0:idle:0'
ANOTHER = 'SetProcess of another own process=set:{pid}:idle:0'
CALL = (
    Row('Get / Ping', 'Get of itself=get:0', (PING,), 1.12, cpu=48),
    Row('SetProcess / Ping, not logged', ITSELF, (PING,), 1.28),
    Row('SetProcess of another own process / Ping', ANOTHER, (PING,)),
    Row('SetProcess where nothing is to be changed / Ping', 'SetProcess, idle already=again:0', (PING,)),
    Row('SetProcess to none / Ping', 'SetProcess to none=set:0:none:0', (PING,)),
)
LOGGED = (Row('SetProcess / Ping, logged', ANOTHER, (PING,), 1.3),)
CHECK = "CheckAuthorization by the service's user=mechanism-check:{action}"
POLKIT = (
    Row('SetProcess / (CheckAuthorization + Ping)', 'SetProcess of itself, realtime=set:0:realtime:4', (CHECK, PING), 1.12, cpu=340),
    Row('the same, where the caller asks about itself', 'SetProcess of itself, realtime=set:0:realtime:4',
        ('CheckAuthorization by the caller=check:{action}', PING)),
)
POLKIT_OTHERS = (
    Row("SetProcess of another user's / (CheckAuthorization + Ping)", "SetProcess of bob's=turn:{pid}", (CHECK, PING), 1.12),)

IDLE_BY_PROGRAM = (
    Row('ioprioctl set / ionice -p', 'ioprioctl set idle PID=run:{pid}:ioprioctl,set,idle,{pid}',
        ('ionice -c3 -p PID=run:{pid}:ionice,-c3,-p,{pid}',), 2),
    Row('ioprioctl run / ionice', 'ioprioctl run idle -- true=run:0:ioprioctl,run,idle,--,true', ('ionice -c3 true=run:0:ionice,-c3,true',), 2),
)
IONICE = 'ionice,-c1,-n4,-p,{pid}'
REALTIME_BY_PROGRAM = (
    Row('ioprioctl / sudo ionice (which asks no polkit)', 'ioprioctl set realtime PID=run:{pid}:ioprioctl,set,realtime:4,{pid}',
        (f'sudo ionice=run:{{pid}}:sudo,-n,{IONICE}',)),
    Row('ioprioctl / pkexec ionice', 'ioprioctl set realtime PID=run:{pid}:ioprioctl,set,realtime:4,{pid}',
        (f'pkexec ionice=run:{{pid}}:pkexec,{IONICE}',), 1),
)
STARTS = (
    Row('linked / not linked', 'a program linked to libiopriority=run:0:/run/tools/start_linked',
        ('a program not linked to it=run:0:/run/tools/start_alone',), 1.3),)
LIBRARY_CALL = 'libiopriority, kernel first=library:{pid}'
LIBRARY = (
    Row('libiopriority / system calls of two listings', LIBRARY_CALL, ('system calls, two listings=verified:{pid}:2',), 0.9),
    Row('libiopriority / system calls of one listing', LIBRARY_CALL, ('system calls, one listing=verified:{pid}:1',), 1.2),
    Row('libiopriority / one ioprio_set(2), unverified', LIBRARY_CALL, ('one ioprio_set(2)=syscall:{pid}',)),
)


def warm_call(report, size):
    report.section(1, 'A call, warm', 'an ordinary user, one connection; a process of one thread')
    with Target('alice', 'threads', 1) as other:
        measure_rows(report, CALL, size.calls, cpu=size.cpu_calls, pid=other.target)
    logged_call(report, size)


def logged_call(report, size):
    """Of each user ten changes a second are logged: some of many users, a second apart, and then their processor time."""
    report.note('logged (the first ten of a user in a second):')
    runs, used = [], []
    with contextlib.ExitStack() as stack:
        targets = [(user, stack.enter_context(Target(user, 'threads', 1)).target) for user in OTHERS]
        for _ in range(size.passes):
            for rounds, options, kept in ((9, (), runs), (0, ('--cpu', 9, '--blocks', 1), used)):
                time.sleep(1.1)
                for user, pid in targets:
                    kept.append(compare(user, rounds, *options, ANOTHER.format(pid=pid), PING, warm=min(1, rounds)))
    show(report, LOGGED, {**joined(runs), **joined(used)})


def polkit(report, size):
    report.section(2, 'A call through polkit', 'a rule allows it: no dialog; asked of polkit at every call')
    through_polkit(report, POLKIT, size.calls, size.cpu_calls, action=REALTIME)
    with Target('bob', 'threads', 1) as other:
        through_polkit(report, POLKIT_OTHERS, size.calls // 2, size.cpu_calls // 2, action=OTHERS_ACTION, pid=other.target)


def peers_on_bus(report, size, pid):
    report.note('by a call on the bus, authorized by polkit:')
    # In pieces: rtkit ends now and then under so many calls, and then the piece is measured again.
    times, failures = {'ours': [], 'kde': [], 'rtkit': []}, 0
    while len(times['ours']) < size.calls:
        try:
            piece = compare('alice', min(size.calls, 200), f'ours=set:{pid}:realtime:4', f'kde:{pid}:1:4', 'rtkit:0')
        except RuntimeError as error:
            failures += 1
            if 'MakeThreadHighPriority' not in str(error) or failures > 10:
                raise
            continue
        for side, samples in piece.items():
            times[side] += samples
    if failures > 0:
        report.note(f'rtkit ended {failures} times while it was being called, and was started anew')
    report.times('SetProcess, realtime', times['ours'])
    report.times("KDE's KAuth helper, realtime", times['kde'])
    report.times('rtkit MakeThreadHighPriority (CPU, nearest)', times['rtkit'])
    report.compare("SetProcess / KDE's helper", ratio(times['ours'], [times['kde']]), 1)
    report.compare('SetProcess / rtkit', ratio(times['ours'], [times['rtkit']]), 1)


def peers(report, size):
    report.section(3, 'Against what people would use instead', 'the same process of the same user, one thread')
    with Target('alice', 'threads', 1) as one:
        pid = one.target
        peers_on_bus(report, size, pid)
        for note, rows, calls in (('by a program, realtime, which takes a privilege:', REALTIME_BY_PROGRAM, size.slow),
                                  ('by a program, idle, for which the kernel suffices:', IDLE_BY_PROGRAM, size.programs),
                                  ('the start of a program in C that does nothing:', STARTS, size.programs),
                                  ('in a program, idle, by system call:', LIBRARY, size.calls)):
            report.note(note)
            measure_rows(report, rows, calls, pid=pid)


FIRST = (
    Row('first call, ours / rtkit', 'first call of the stopped service, Get=start:' + OURS, ('of rtkit, a property=start:org.freedesktop.RealtimeKit1',)),
    Row("first call, ours / KDE's helper", 'first call of the stopped service, Get=start:' + OURS, (f"of KDE's helper, a change=start:{KDE}",)),
)


def first_call(report, size):
    """Of point 5."""
    measure_rows(report, FIRST, size.starts, 'root', warm=1)
