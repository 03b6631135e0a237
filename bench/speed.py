# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Points 1 to 3: one call; one call through polkit; what people would use instead."""
from actors import OURS, REALTIME, Target, compare, compare_with_mechanism
from figures import ratio

KDE = 'org.kde.ksysguard.processlisthelper'


def warm_call(report, size):
    report.section(1, 'A call, warm', 'an ordinary user, one connection; SetProcess changes a process of one thread')
    with Target('alice', 'threads', 1) as other:
        times = compare('alice', size.calls, 'ping', 'get:0', 'own=set:0:idle:0', f'other=set:{other.target}:idle:0',
                        'again:0')
    report.times('Peer.Ping', times['ping'])
    report.times('Get of itself', times['get'])
    report.times('SetProcess of itself, idle', times['own'])
    report.times('SetProcess of another own process, idle', times['other'])
    report.times('SetProcess of itself, idle already', times['again'])
    report.compare('Get / Ping', ratio(times['get'], [times['ping']]), 1.15)
    report.compare('SetProcess / Ping', ratio(times['own'], [times['ping']]), 1.4)
    report.compare('SetProcess of another / Ping', ratio(times['other'], [times['ping']]))


def through_polkit(report, size):
    report.section(2, 'A call through polkit', 'a rule allows it: no dialog; asked of polkit at every call')
    times = compare_with_mechanism('alice', size.calls, 'ping', f'mechanism-check:{REALTIME}', f'check:{REALTIME}', 'set:0:realtime:4')
    report.times('Peer.Ping', times['ping'])
    report.times("CheckAuthorization of the caller, by the service's user", times['mechanism-check'])
    report.times('CheckAuthorization of the caller, by itself', times['check'])
    report.times('SetProcess of itself, realtime', times['set'])
    report.compare('SetProcess / (CheckAuthorization + Ping)', ratio(times['set'], [times['mechanism-check'], times['ping']]), 1.15)
    report.compare('the same, where the caller asks about itself', ratio(times['set'], [times['check'], times['ping']]))


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


def peers_as_programs(report, size, pid):
    report.note('by a program, realtime, which takes a privilege:')
    ionice = f'ionice,-c1,-n4,-p,{pid}'
    times = compare('alice', size.slow, f'ours=run:{pid}:ioprioctl,set,realtime:4,{pid}', f'sudo=run:{pid}:sudo,-n,{ionice}',
                    f'pkexec=run:{pid}:pkexec,{ionice}')
    report.times('ioprioctl set realtime:4 PID', times['ours'])
    report.times('sudo ionice', times['sudo'])
    report.times('pkexec ionice', times['pkexec'])
    report.compare('ioprioctl / sudo ionice (which asks no polkit)', ratio(times['ours'], [times['sudo']]))
    report.compare('ioprioctl / pkexec ionice', ratio(times['ours'], [times['pkexec']]), 1)


def programs_alone(report, size, pid):
    report.note('by a program, idle, for which the kernel suffices:')
    times = compare('alice', size.calls, f'ionice=run:{pid}:ionice,-c3,-p,{pid}', f'ours=run:{pid}:ioprioctl,set,idle,{pid}',
                    'ionice-run=run:0:ionice,-c3,true', 'ours-run=run:0:ioprioctl,run,idle,--,true')
    report.times('ionice -c3 -p PID', times['ionice'])
    report.times('ioprioctl set idle PID', times['ours'])
    report.times('ionice -c3 true', times['ionice-run'])
    report.times('ioprioctl run idle -- true', times['ours-run'])
    report.compare('ioprioctl set / ionice -p', ratio(times['ours'], [times['ionice']]), 2)
    report.compare('ioprioctl run / ionice', ratio(times['ours-run'], [times['ionice-run']]), 2)


def starts(report, size):
    report.note('the start of a program in C that does nothing:')
    times = compare('alice', size.calls, 'linked=run:0:/run/tools/start_linked', 'alone=run:0:/run/tools/start_alone')
    report.times('linked to libiopriority', times['linked'])
    report.times('not linked to it', times['alone'])
    report.compare('linked / not linked', ratio(times['linked'], [times['alone']]), 1.3)


def library(report, size, pid):
    report.note('in a program, idle, by system call:')
    times = compare('alice', size.calls, f'library:{pid}', f'syscalls:{pid}', f'syscall:{pid}')
    report.times('libiopriority, kernel first', times['library'])
    report.times('the system calls that this needs', times['syscalls'])
    report.times('one ioprio_set(2), unverified', times['syscall'])
    report.compare('libiopriority / system calls', ratio(times['library'], [times['syscalls']]), 1.2)


def peers(report, size):
    report.section(3, 'Against what people would use instead', 'the same process of the same user, one thread')
    with Target('alice', 'threads', 1) as one:
        peers_on_bus(report, size, one.target)
        peers_as_programs(report, size, one.target)
        programs_alone(report, size, one.target)
        starts(report, size)
        library(report, size, one.target)


def first_call(report, size):
    """Of point 5."""
    times = compare('root', size.starts, f'ours=start:{OURS}', 'rtkit=start:org.freedesktop.RealtimeKit1',
                    f'kde=start:{KDE}', warm=1)
    report.times('first call of the stopped service: Get', times['ours'])
    report.times('the same of rtkit: a property', times['rtkit'])
    report.times("the same of KDE's helper: a change", times['kde'])
    report.compare('ours / rtkit', ratio(times['ours'], [times['rtkit']]))
    report.compare("ours / KDE's helper", ratio(times['ours'], [times['kde']]))
