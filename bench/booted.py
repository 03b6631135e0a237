# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""On a booted system with the packages installed (bench/booted): what only systemd has, and what people meet first."""
import contextlib
import subprocess
import time

import size as sizes
from actors import OURS, compare
from rows import Row, measure_rows

UNIT = 'iopriorityd.service'
FIRST_CALL = f'first call, service stopped=start-unit:{OURS}:{UNIT}'
FIRST = (
    Row('the first call of the stopped service, Get', FIRST_CALL, (), 60),
    Row("   / the first call of systemd's hostnamed", FIRST_CALL, ('first call of hostnamed=start-unit:org.freedesktop.hostname1:systemd-hostnamed.service',)),
)
A_UNIT = (Row('a unit of {count} processes', 'SetPriority of a unit=set-unit:{pid}:many.service', (), 15),)


def first_call(report, size):
    report.section(0, 'The first call', 'the bus asks systemd to start the service')
    measure_rows(report, FIRST, size.starts, 'root', warm=1)
    shown = subprocess.check_output(['systemd-analyze', 'security', '--no-pager', UNIT], text=True)
    report.compare('exposure of its unit (systemd-analyze security)', float(shown.split('Overall exposure level for')[1].split()[1]), 0.9)


@contextlib.contextmanager
def unit(count):
    """A unit of so many processes of alice's, in a process group."""
    subprocess.run(['systemd-run', '--quiet', '--unit=many', '--uid=alice', '--property=TasksMax=infinity', 'bash', '-c',
                    f'exec /run/tools/measure processes {count} < <(exec sleep infinity)'], check=True)
    try:
        pid = int(subprocess.check_output(['systemctl', 'show', '--property=MainPID', '--value', 'many'], text=True))
        time.sleep(1.1)  # as of any target: it is no longer young
        yield pid
    finally:
        subprocess.run(['systemctl', 'stop', 'many'], check=True)


def a_unit(report, size):
    report.section(5, 'Several processes in a call', "a unit of the system's manager, with processes of the caller's")
    with unit(size.many) as pid:
        measure_rows(report, A_UNIT, size.many_rounds, cpu=max(1, size.many_rounds // 20), warm=2, pid=pid, count=size.many)


def memory(report, _size):
    report.section(8, 'Memory')
    subprocess.run(['systemctl', 'stop', UNIT], check=True)
    compare('root', 1, 'get:0', warm=0)
    sizes.idle_and_asked(report)
