# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Point 7: what shows all processes, against ps and top."""
import os
import pty
import subprocess
import termios
import threading
import time

from actors import Target, as_user, schedstat
from figures import ratio
from rows import Row, measure_rows

LIST = Row('ioprioctl list / ps -eLf, {count} processes', 'ioprioctl list=run:0:ioprioctl,list', ('ps -eLf=run:0:ps,-eLf',))
GOALS = {300: 0.5, 3000: 0.1}


class Watched:
    """A program at a terminal of its own, which somebody reads."""

    def __init__(self, *command):
        master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (40, 120))
        self.process = subprocess.Popen(as_user('alice', command), stdin=slave, stdout=slave, stderr=slave,
                                        start_new_session=True, env={**os.environ, 'TERM': 'xterm', 'HOME': '/run/home/alice'})
        os.close(slave)
        threading.Thread(target=self._read, args=(master,), daemon=True).start()

    @staticmethod
    def _read(master):
        try:
            while os.read(master, 65536):
                pass
        except OSError:  # the last of its writers has gone
            os.close(master)

    def used(self):
        """Nanoseconds of processor time."""
        if self.process.poll() is not None:
            raise RuntimeError(f'{self.process.args} has ended')
        return schedstat(self.process.pid, 0)

    def end(self):
        self.process.kill()
        self.process.wait()


def monitor(report, size, count):
    """Both at once: it is processor time that is compared, of the same seconds."""
    programs = [Watched('ioprioctl', 'monitor', '--interval', '1'), Watched('top', '-d', '1')]
    used = [[], []]
    try:
        time.sleep(2.5)  # the first screens
        for _ in range(size.watched):
            before = [program.used() for program in programs]
            time.sleep(2)
            for pieces, program, first in zip(used, programs, before):
                pieces.append(program.used() - first)
    finally:
        for program in programs:
            program.end()
    for name, pieces in zip(('ioprioctl monitor', 'top'), used):
        report.times(f'{name}, CPU of two seconds at rest', pieces)
    report.compare(f'ioprioctl monitor / top, CPU at rest, {count} processes', ratio(used[0], [used[1]]), 1.2)


def views(report, size):
    report.section(7, 'What shows all processes')
    for count in size.shown:
        report.note(f'{count} processes:')
        with Target('bob', 'processes', count):
            measure_rows(report, (LIST._replace(goal=GOALS.get(count)),), size.starts, count=count)
            if count == size.shown[-1]:
                monitor(report, size, count)
