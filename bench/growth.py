# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Point 4: more threads, more processes, more callers, more dialogs, more holds."""
import contextlib
import json
import statistics
import time

from actors import Program, Target, compare, daemon_pid, schedstat, tool, uid_of
from figures import percentile, ratio
from rows import QUIET_PING, Row, measure_rows
from speed import OTHERS, OTHERS_ACTION

LISTING = 'one listing with one ioprio_set each=listing:{pid}'
OWN_THREADS = (
    Row('SetProcess / (listing + Ping), {count} threads, own', 'SetProcess=set:{pid}:idle:0', (LISTING, QUIET_PING), 5),
    Row('the same, called again, {count} threads', 'SetProcess, idle already=again:{pid}', (LISTING, QUIET_PING), 2),
)
CHECK = f'CheckAuthorization by root=check:{OTHERS_ACTION}'
THREADS_BY_ROOT = (  # polkit is asked about root, too
    Row('SetProcess / (listing + CheckAuthorization + Ping), {count} threads, by root', 'SetProcess=set:{pid}:idle:0', (LISTING, CHECK, QUIET_PING), 1.8),
    Row('   / (listing + Ping)', 'SetProcess=set:{pid}:idle:0', (LISTING, QUIET_PING)),
)
USERS = (
    Row("SetUser / (the kernel's IOPRIO_WHO_USER + Ping), {count} processes{beside}", 'SetUser=set-user:{uid}',
        ('IOPRIO_WHO_USER=user:{uid}', QUIET_PING), 10),)
SEVERAL = (
    Row('a group of {count} processes', 'SetPriority of a group=set-group:{pid}', (), 15),
    Row("   / (the kernel's IOPRIO_WHO_PGRP + Ping)", 'SetPriority of a group=set-group:{pid}', ('IOPRIO_WHO_PGRP=group:{pid}', QUIET_PING)),
    Row('a tree of {count} processes', 'SetPriority of a tree=set-tree:{pid}', (), 15),
    Row('a list of {count} processes', 'SetPriority of a list=set-children:{pid}', (), 15),
)


@contextlib.contextmanager
def beside(kind, runs):
    """A caller that goes on calling meanwhile; its waits are added to the runs."""
    with Program('bob', tool('measure'), 'wait', kind) as waiting:
        waiting.line()
        yield
        runs.append(json.loads(waiting.finish())['time'])


def medians(report, *names):
    """Of the latest times under these names."""
    latest = {row['name']: row['p50_ns'] for row in report.sections[-1]['times']}
    return {key: latest[name] for key, name in names}


def threads(report, size):
    report.section(4, 'Growth', 'of one process: the floor is one listing of its threads with one ioprio_set(2) each')
    curve = []
    for count in size.threads:
        report.note(f'{count} threads:')
        with Target('alice', 'threads', count) as target:
            calls = max(size.fewest, min(size.calls, size.thread_calls // count))
            values = {'cpu': max(1, calls // 20), 'warm': 2, 'pid': target.target, 'count': count}
            measure_rows(report, OWN_THREADS, calls, **values)
            curve.append({'threads': count, **medians(report, ('set', 'SetProcess'), ('listing', 'one listing with one ioprio_set each'))})
            measure_rows(report, THREADS_BY_ROOT, calls, 'root', **values)
    report.sections[-1]['threads'] = curve
    if len(curve) > 1:
        first, last = curve[-2], curve[-1]
        grown = (last['set'] / first['set']) / (last['listing'] / first['listing'])
        report.compare(f'growth from {first["threads"]} to {last["threads"]}, of the floor\'s', grown, 1.05)


def settle_pass(report, size):
    """Of processes that have just started: what is done after the reply counts, too."""
    count = size.many_threads
    report.note(f'a process whose {count} threads have just started, which is looked at once more after the reply:')
    used = []
    for _ in range(size.repeats):
        with Target('alice', 'threads', count, young=True) as target:
            used += compare('alice', 0, '--cpu', 1, '--blocks', 5, f'set:{target.target}:idle:0', warm=0)['cpu.set']
    report.compare('CPU of the service for a thread', statistics.median(used) / 1e3 / count, unit='us')


def users(report, size):
    report.note('SetUser of an own user')
    curve = []
    uid = uid_of('alice')

    def one(count, words=''):
        calls = max(size.fewest, min(size.calls // 10, 10_000 // count))
        report.note(f'{count} processes{words}:')
        with Target('alice', 'processes', count):
            measure_rows(report, USERS, calls, cpu=max(1, calls // 20), warm=2, uid=uid, count=count, beside=words)

    for count in size.processes:
        one(count)
        curve.append({'processes': count, **medians(report, ('set-user', 'SetUser'), ('user', 'IOPRIO_WHO_USER'))})
    with Target('bob', 'processes', size.many):
        one(size.many, f' beside {size.many} of another user')
    report.sections[-1]['users'] = curve


def several(report, size):
    report.section(5, 'Several processes in a call', "all of them the caller's")
    with Target('alice', 'processes', size.many) as target:
        measure_rows(report, SEVERAL, size.many_rounds, cpu=max(1, size.many_rounds // 20), warm=2, pid=target.target, count=size.many)


def p99_beside(report, size):
    """What others wait for meanwhile, against what they wait without it, in turns."""
    report.section(6, "Others' waits meanwhile", 'the 99th percentile of Get of another user, in turns with and without')
    uid = uid_of('alice')
    for mode, operation, words, goal in (
            (('threads', size.threads[-1]), 'set:{pid}:idle:0', 'while {count} threads are set', 1.5),
            (('processes', size.processes[-1]), 'set-user:{uid}', 'while {count} processes are set', 1.5),
            (('threads', size.threads[-1]), 'listing:{pid}', 'while their owner sets {count} threads by system call', None)):
        waits, alone = [], []
        with Target('alice', *mode) as target:
            for _ in range(size.repeats):
                begin = time.monotonic()
                with beside('get', waits):
                    compare('alice', size.waits, operation.format(pid=target.target, uid=uid), warm=1)
                length = time.monotonic() - begin
                with beside('get', alone):
                    time.sleep(length)
        tell_p99(report, words.format(count=mode[1]), waits, alone, goal)
    flood(report, size)


def tell_p99(report, words, waits, alone, goal=None):
    report.times(f'Get, {words}', sum(waits, []))
    report.times('Get, without', sum(alone, []))
    each = [percentile(run, 99) / percentile(other, 99) for run, other in zip(waits, alone)]
    value = percentile(sum(waits, []), 99) / percentile(sum(alone, []), 99)
    report.compare(f'p99 of Get {words} / without', {'ratio': value, 'low': min(each), 'high': max(each)}, goal)


def flood(report, size):
    """Within the bounds: as many calls under way as one user may have."""
    waits, alone = [], []
    for _ in range(size.repeats):
        with Program('alice', tool('measure'), 'crowd', '--connections', str(size.flood), '--rounds', '1', '--window',
                     str(4 * size.window), 'set') as callers:
            callers.line()
            with beside('get', waits):
                callers.say('go')
                answer = json.loads(callers.finish())
        if answer['set.lost'] != [0]:
            raise RuntimeError(f'{answer["set.lost"]} calls were refused: that is beyond the bounds')
        with beside('get', alone):
            time.sleep(answer['set.time'][0] / 1e9)
    tell_p99(report, f'while another user has {size.flood} calls under way', waits, alone)


def crowd(report, size):
    report.note('clients at once, each with one call under way; half of them are alice\'s, half bob\'s:')
    curve = []
    for count in size.clients:
        halves = [count - count // 2, count // 2]
        with contextlib.ExitStack() as stack:
            programs = [stack.enter_context(Program(user, tool('measure'), 'crowd', '--connections', str(half), '--rounds',
                                                    str(size.windows), '--window', str(size.window), 'ping', 'get', 'set'))
                        for user, half in zip(('alice', 'bob'), halves) if half > 0]
            for program in programs:
                program.line()
            for program in programs:
                program.say('go')
            answers = [json.loads(program.finish()) for program in programs]
        rate = {kind: [sum(answer[f'{kind}.served'][i] * 1e9 / answer[f'{kind}.time'][i] for answer in answers)
                       for i in range(size.windows)] for kind in ('ping', 'get', 'set')}
        curve.append({'clients': count, **{kind: statistics.median(rate[kind]) for kind in rate}})
        report.note(f'{count} clients: ' + ', '.join(f'{kind} {statistics.median(rate[kind]):.0f}/s' for kind in rate))
        report.compare(f'throughput of Get / of Ping, {count} clients', ratio(rate['get'], [rate['ping']]), 0.85, at_least=True)
        report.compare(f'throughput of SetProcess / of Ping, {count} clients', ratio(rate['set'], [rate['ping']]))
        lost = sum(sum(values) for answer in answers for key, values in answer.items() if key.endswith('.lost'))
        report.compare(f'calls lost, {count} clients', lost, 0)
        if len(answers) == 2 and halves[0] == halves[1]:
            served = [sum(answer['get.served']) for answer in answers]
            report.compare(f'fairness: served less / served more, {count} clients', min(served) / max(served), 0.8,
                           at_least=True)
    report.sections[-1]['clients'] = curve


# How many each may have open if as many as these have some: a share shrinks with the number of users (Admission::share).
DIALOGS_OF_A_USER = (8, 8, 8, 6, 4, 3, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1)


def open_dialogs(stack, count):
    """Opens that many, of as many users as it takes: what must be kept."""
    callers = []
    for user, most in zip(OTHERS, DIALOGS_OF_A_USER):
        if count > 0:
            caller = stack.enter_context(Program(user, tool('bench_caller')))
            caller.line()
            callers.append((caller, min(most, count)))
            count -= most
    agent = stack.enter_context(Program('root', tool('bench_agent'), '--hold',
                                        *(word for caller, _ in callers for word in ('--process', str(caller.pid)))))
    agent.line()
    for caller, number in callers:
        for tag in range(number):
            caller.say(f'{tag} interactive org.example.IoPriority SetProcess usu {agent.pid} idle 0')
            agent.line()  # its prompt
    return agent


def dialogs(report, size):
    report.note('password dialogs open, of other users; Get of somebody without one:')
    times = {count: [] for count in size.dialogs}
    for _ in range(size.repeats):
        for count in size.dialogs:
            with contextlib.ExitStack() as stack:
                if count > 0:
                    open_dialogs(stack, count)
                times[count] += compare('alice', size.calls // size.repeats, 'get:0')['get']
    for count in size.dialogs:
        report.times(f'Get, {count} dialogs open', times[count])
    for count in size.dialogs[1:]:
        report.compare(f'p99 of Get with {count} dialogs / with none',
                       percentile(times[count], 99) / percentile(times[0], 99), 2)


def holds(report, size):
    report.note('held, by other users:')
    times = {count: {'get': [], 'set': []} for count in size.holds}
    for _ in range(size.repeats):
        for count in size.holds:
            with contextlib.ExitStack() as stack:
                for i in range(0, count, 16):
                    holder = stack.enter_context(Program(OTHERS[i // 16], tool('measure'), 'hold',
                                                         str(min(16, count - i))))
                    holder.line()
                got = compare('alice', size.calls // size.repeats, 'get:0', 'set:0:idle:0')
                for side, samples in got.items():
                    times[count][side] += samples
    for count in size.holds:
        report.times(f'SetProcess, {count} holds', times[count]['set'])
    for count in size.holds[1:]:
        report.compare(f'SetProcess with {count} holds / with none', ratio(times[count]['set'], [times[0]['set']]))


def wake_ups():
    """How often threads of the service were given a processor."""
    return schedstat(daemon_pid(), 2)


def strangers(report, size):
    """It looks at a hold once a second; who comes to the bus for something else is to leave it asleep."""
    with Program(OTHERS[0], tool('measure'), 'hold', '1') as holder:
        holder.line()
        time.sleep(1)  # what the beginning of a hold leaves to be done
        before, begin = wake_ups(), time.monotonic()
        compare('bob', size.strangers, 'connect', warm=0)
        woken = max(0, wake_ups() - before - 2 * (time.monotonic() - begin + 1))  # with its own, at most two a second
    report.compare(f'wake-ups for each of {size.strangers} strangers on the bus, during a hold', woken / size.strangers, 0)
