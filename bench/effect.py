#!/usr/bin/python3
# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a lowered backup does for others that read from the same disk: scripts/bench effect starts this, as root, on a
private bus.

One run: a backup reads; somebody in the foreground reads, too, small and at random, one request at a time. Both start
as best-effort 4. Then the service sets the backup idle, then the backup is best-effort 4 again and the foreground
realtime, while they run.
"""
import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field

import plots
from actors import Program, measure, tool
from disk import NS_PER_KIB, SERVICE_US, Disk, OwnFile
from figures import percentile
from run import machine, words, write

PHASES = ('best-effort 4', 'backup idle', 'foreground realtime')
SETTLE = 0.3  # seconds after a change that are not counted: what was in the device's queue is served first


class Background:
    """A shell script of alice's that runs until it is ended."""

    def __init__(self, script, environment=None):
        command = ['setpriv', '--reuid=alice', '--regid=alice', '--init-groups', 'sh', '-c', script]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, start_new_session=True)

    @property
    def pids(self):
        """The shell, whose next programs inherit from it, and the program that it runs now."""
        with open(f'/proc/{self.process.pid}/task/{self.process.pid}/children', encoding='ascii') as file:
            return [self.process.pid, *map(int, file.read().split())]

    def end(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()  # until all of them have let go of it


class Restic(Background):
    """A backup by restic, of files it has not seen: Go, many threads."""
    title = 'restic'

    def __init__(self, disk, scratch):
        self.environment = {**os.environ, 'RESTIC_PASSWORD': 'bench', 'HOME': scratch, 'GOMAXPROCS': '1', 'TMPDIR': scratch}
        repository = f'{scratch}/repository'
        shutil.rmtree(repository, ignore_errors=True)
        self._restic('init', '--repo', repository)
        subprocess.run(['chown', '-R', 'alice', scratch], check=True)
        # Over and over, so that it does not end before the measuring does; --force reads what is known already, too.
        script = f'while restic --repo {repository} --no-cache -q backup --force --exclude lost+found {disk.mount()}; do :; done'
        super().__init__(script, self.environment)

    def _restic(self, *words):
        subprocess.run(['restic', '-q', '--no-cache', *words], env=self.environment, check=True)


class Rclone(Background):
    """A backup that reads many files at once: a mirror by rclone, into memory."""
    title = 'rclone, 16 transfers'

    def __init__(self, disk, scratch):
        mirror = f'{scratch}/mirror'
        shutil.rmtree(mirror, ignore_errors=True)
        subprocess.run(['chown', 'alice', scratch], check=True)
        script = (f'while rclone --config /dev/null sync --transfers 16 --ignore-checksum --ignore-times --exclude "/lost+found/**" '
                  f'{disk.mount()} {mirror}; do :; done')
        super().__init__(script, {**os.environ, 'HOME': scratch, 'GOMAXPROCS': '1'})


class Reader:
    """Direct reads at random by several threads at once."""
    title, threads, block = 'direct reader, 32 threads', 32, 4096

    def __init__(self, disk, _scratch):
        self.fd = disk.open_direct()
        self.program = reader(disk, self.fd, self.threads, 3600, self.block)
        self.pids = [self.program.pid]

    def end(self):
        self.program.process.kill()
        self.program.process.communicate()
        os.close(self.fd)


class LargeReader(Reader):
    title, threads, block = 'direct reader of 128 KiB, 4 threads', 4, 128 << 10


def reader(disk, fd, threads, seconds, block=4096):
    program = Program('alice', tool('measure'), 'read', *map(str, (fd, threads, seconds, disk.size, block)), pass_fds=(fd,))
    program.line()
    return program


class Writer(Background):
    """Writes through the cache: the kernel writes them out later, in its own name."""
    title = 'dd, buffered writes'

    def __init__(self, disk, _scratch):
        path = disk.mount() + '/written'
        super().__init__(f'while dd if=/dev/zero of={path} bs=1M count=80 conv=notrunc status=none && sync -d {path};'
                         ' do :; done')


def set_by_service(pids, io_class, level):
    """The moments before and after the call for the first of them, in ns of the monotonic clock."""
    moments = measure('alice', 'call', f'set:{pids[0]}:{io_class}:{level}')['set']
    for pid in pids[1:]:
        try:
            measure('alice', 'call', f'set:{pid}:{io_class}:{level}')
        except RuntimeError as error:  # it has ended; the shell starts the next one, which inherits
            if 'NoSuchProcess' not in str(error):
                raise
    return moments


def one_run(disk, background, scratch, seconds):
    backup = background(disk, scratch)
    fd = disk.open_direct()
    try:
        time.sleep(1.3)  # bfq takes what starts within 0.6 s for one
        with reader(disk, fd, 1, 3 * seconds + 0.7) as front:
            # From whatever nice value they have: what is not set follows that.
            set_by_service(backup.pids, 'best-effort', 4)
            set_by_service([front.pid], 'best-effort', 4)
            begin = time.monotonic_ns()
            moments, done = [], [disk.bytes_done()]
            for phase in range(3):
                until = begin + (phase + 1) * seconds * 1e9
                if phase == 1:
                    moments.append(set_by_service(backup.pids, 'idle', 0))
                elif phase == 2:
                    moments.append(set_by_service([front.pid], 'realtime', 4))
                    set_by_service(backup.pids, 'best-effort', 4)
                time.sleep(max(0, (until - time.monotonic_ns()) / 1e9))
                done.append(disk.bytes_done())
            samples = json.loads(front.finish())
    finally:
        os.close(fd)
        backup.end()
    return summarised(samples, begin, seconds, moments, done), samples, begin, moments


def summarised(samples, begin, seconds, moments, done):
    phases = []
    for phase in range(3):
        start, end = begin + phase * seconds * 1e9, begin + (phase + 1) * seconds * 1e9
        counted = start + SETTLE * 1e9
        times = [time for at, time in zip(samples['begin'], samples['time']) if counted <= at + time < end]
        # One that waits over the whole phase is one that waits at least that long.
        times = times or [int((end - counted))]
        reads = sum(start <= at < end for at in samples['begin'])
        whole = done[phase + 1] - done[phase]
        phases.append({'phase': PHASES[phase], 'p50_ns': percentile(times, 50), 'p99_ns': percentile(times, 99),
                       'per_second': len(times) / (seconds - SETTLE),
                       'backup_mb_per_second': max(0, whole - reads * 4096) / 1e6 / seconds})
    return phases


def middle(runs, phase, key):
    values = [run[phase][key] for run in runs]
    return statistics.median(values), min(values), max(values)


def tell(scheduler, title, runs):
    print(f'\n{scheduler}, beside {title} ({len(runs)} runs, median [lowest..highest])')
    for phase, name in enumerate(PHASES):
        rate, low, high = middle(runs, phase, 'per_second')
        print(f'   {name:<20} {rate:6.0f} reads/s [{low:.0f}..{high:.0f}]   p50 {middle(runs, phase, "p50_ns")[0] / 1e6:7.2f} ms'
              f'   p99 {middle(runs, phase, "p99_ns")[0] / 1e6:7.2f} ms [{middle(runs, phase, "p99_ns")[1] / 1e6:.2f}..'
              f'{middle(runs, phase, "p99_ns")[2] / 1e6:.2f}]   backup {middle(runs, phase, "backup_mb_per_second")[0]:6.1f} MB/s')
    for phase in (1, 2):
        factor = middle(runs, phase, 'per_second')[0] / max(1e-9, middle(runs, 0, 'per_second')[0])
        words = f'{factor:.1f} times as many reads' if factor > 1.25 else 'no effect' if factor > 0.8 else f'{factor:.2f} of the reads'
        print(f'   {PHASES[phase]}: {words}', flush=True)


@dataclass(frozen=True)
class Effect:
    """What is measured, and how often."""
    runs: int
    seconds: float
    curves: list = field(default_factory=list)
    results: list = field(default_factory=list)

    def beside(self, disk, scheduler, background, scratch, draw):
        rows = []
        for _ in range(self.runs):
            phases, *curve = one_run(disk, background, scratch, self.seconds)
            rows.append(phases)
        tell(scheduler, background.title, rows)
        self.results.append({'scheduler': scheduler, 'background': background.title, 'runs': rows})
        if draw:
            self.curves.append((f'{scheduler}: each read of the foreground beside {background.title}', *curve, self.seconds))


def on_slow_disk(effect, quick):
    directory = '/run/bench-disk'
    os.makedirs(directory)
    with Disk(directory) as disk:
        scratch = f'{directory}/scratch'
        os.makedirs(scratch)
        for scheduler in ('mq-deadline',) if quick else ('none', 'mq-deadline', 'bfq-simple', 'bfq'):
            if scheduler.removesuffix('-simple') not in disk.schedulers():
                sys.exit(f'this kernel has no {scheduler} (modprobe bfq, mq-deadline?): it cannot be measured')
            disk.set_scheduler(scheduler)
            for background in (Rclone, Restic, Reader, Writer) if scheduler == 'mq-deadline' else (Rclone, Reader):
                effect.beside(disk, scheduler, background, scratch, background is Rclone)
    return f'an emulated disk ({SERVICE_US} us a request, {NS_PER_KIB / 1000:g} us a KiB)'


def on_own_file(effect, fd, quick):
    with OwnFile(fd, (64 if quick else 2048) << 20) as disk:
        for background in (LargeReader, Reader):
            effect.beside(disk, disk.scheduler(), background, None, background is LargeReader)
        return f'a file on {os.path.basename(disk.disk)}, whose scheduler is {disk.scheduler()}'


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit('ended'))
    parser = argparse.ArgumentParser()
    parser.add_argument('--quick', action='store_true')
    parser.add_argument('--fd', type=int, help='a file on a disk of the machine, for reading and writing, in place of the emulated disk')
    parser.add_argument('--results', required=True)
    options = parser.parse_args()
    effect = Effect(1, 0.6) if options.quick else Effect(3, 2)
    begin = time.monotonic()
    on = machine()
    disk = on_slow_disk(effect, options.quick) if options.fd is None else on_own_file(effect, options.fd, options.quick)
    print(f'\nmeasured in {time.monotonic() - begin:.0f} s on {disk}; {words(on)}')
    write(options.results, {'when': time.strftime('%Y-%m-%d'), 'quick': options.quick, 'machine': on, 'disk': disk,
                            'seconds': round(time.monotonic() - begin), 'results': effect.results})
    plots.effect(effect.curves, options.results.removesuffix('.json') + '.svg')


if __name__ == '__main__':
    sys.exit(main())
