#!/usr/bin/python3
# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measures on a private bus or a booted system: scripts/bench starts this there, as root.

run.py [--quick] [--only SECTION]... [--on WORDS] [--after FILE] --results FILE
"""
import argparse
import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass

import booted
import growth
import plots
import size as sizes
import speed
import views
from figures import Report


@dataclass(frozen=True)
class Size:
    """How much is measured: the whole, or for --quick just enough to see that it can be."""
    calls: int = 2000
    cpu_calls: int = 100  # ten times over
    passes: int = 4
    programs: int = 1000
    slow: int = 300
    starts: int = 30
    repeats: int = 4
    fewest: int = 15
    thread_calls: int = 100_000
    threads: tuple = (1, 10, 100, 1000, 10_000)
    waits: int = 20
    processes: tuple = (1, 10, 100, 1000, 2000)
    clients: tuple = (1, 10, 50, 200)
    many: int = 1000
    many_threads: int = 1000
    many_rounds: int = 40
    shown: tuple = (300, 3000)
    watched: int = 6  # pieces of two seconds
    flood: int = 100
    strangers: int = 1000
    windows: int = 10
    window: int = 250
    dialogs: tuple = (0, 10, 50)
    holds: tuple = (0, 16, 64, 100)
    many_calls: int = 100_000


QUICK = Size(calls=40, cpu_calls=2, passes=1, programs=4, slow=3, starts=1, repeats=2, fewest=2, thread_calls=400, threads=(1, 100),
             waits=2, processes=(1, 20), clients=(1, 4), many=20, many_threads=20, many_rounds=2, shown=(10, 30), watched=1, flood=4,
             strangers=20, windows=2, window=30, dialogs=(0, 2), holds=(0, 2), many_calls=100)

SECTIONS = {
    'call': (speed.warm_call,),
    'polkit': (speed.polkit,),
    'peers': (speed.peers,),
    'growth': (growth.threads, growth.settle_pass, growth.users, growth.crowd, growth.dialogs, growth.holds, growth.strangers),
    'several': (growth.several,),
    'others': (growth.p99_beside,),
    'views': (views.views,),
    'size': (sizes.start_and_size,),
}
# What is measured where systemd is (bench/booted), not on the private bus.
BOOTED = (booted.first_call, speed.warm_call, speed.polkit, booted.a_unit, booted.memory)


def make_users():
    for number, name in enumerate(speed.OTHERS, 31001):
        for path, line in (('/etc/passwd', f'{name}:x:{number}:{number}::/:/bin/sh'), ('/etc/group', f'{name}:x:{number}:')):
            with open(path, 'a', encoding='ascii') as file:
                file.write(line + '\n')


def set_up_sudo():
    """Which a private bus does not have."""
    with open('/etc/hosts', 'a', encoding='ascii') as file:  # sudo looks its host up
        file.write('127.0.0.1 private-bus\n')
    with open('/etc/sudoers.d/bench', 'w', encoding='ascii') as file:
        file.write('alice ALL=(root) NOPASSWD: ALL\n')
    os.chmod('/etc/sudoers.d/bench', 0o440)


def first_line(command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return done.stdout.splitlines()[0].strip() if done.stdout else ''
    except OSError:
        return ''


def machine():
    with open('/proc/cpuinfo', encoding='utf-8') as file:
        models = [line.split(':', 1)[1].strip() for line in file if line.startswith('model name')]
    with open('/etc/os-release', encoding='utf-8') as file:
        system = next(line.split('=', 1)[1].strip().strip('"') for line in file if line.startswith('PRETTY_NAME='))
    return {'processor': models[0] if models else platform.machine(), 'processors': os.cpu_count(), 'system': system,
            'kernel': platform.release(), 'bus': first_line(['dbus-daemon', '--version']),
            'load': list(os.getloadavg())}


def words(on):
    return f'{on["system"]}, Linux {on["kernel"]}, {on["processors"]} x {on["processor"]}'


def write(path, results):
    results['machine']['load_after'] = list(os.getloadavg())
    with open(path + '.new', 'w', encoding='utf-8') as file:
        json.dump(results, file, indent=1)
        file.write('\n')
    os.replace(path + '.new', path)


def parts(names):
    if names == ['booted']:
        return BOOTED
    set_up_sudo()
    return [part for name in names or SECTIONS for part in SECTIONS[name]]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--quick', action='store_true')
    parser.add_argument('--on', default='private bus', help='the name of what it runs on')
    parser.add_argument('--only', action='append', choices=[*SECTIONS, 'booted'])
    parser.add_argument('--after', help='results of a run before this one, which go before its own')
    parser.add_argument('--results', required=True)
    options = parser.parse_args()
    begin = time.monotonic()
    on = machine()
    report = Report(f'{options.on}, {words(on)}')
    make_users()
    for part in parts(options.only):
        part(report, QUICK if options.quick else Size())
    seconds = time.monotonic() - begin
    if options.after:
        with open(options.after, encoding='utf-8') as file:
            before = json.load(file)
        report.sections[:0] = before['sections']
        seconds += before['seconds']
    report.summary()
    print(f'measured in {seconds:.0f} s')
    write(options.results, {'when': time.strftime('%Y-%m-%d'), 'quick': options.quick, 'machine': on,
                            'seconds': round(seconds), 'sections': report.sections})
    plots.speed(options.results)


if __name__ == '__main__':
    sys.exit(main())
