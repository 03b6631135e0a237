# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Point 4: more threads, more processes, more callers, more dialogs, more holds."""
import contextlib
import json
import statistics

from actors import Program, Target, compare, tool, uid_of
from figures import percentile, ratio

# Users with a rule for nothing: for dialogs (of each eight can be open) and holds (sixteen).
OTHERS = [f'other{i}' for i in range(16)]


@contextlib.contextmanager
def beside(kind, times):
    """A caller that goes on calling meanwhile; its waits are appended to times."""
    with Program('bob', tool('measure'), 'wait', kind) as waiting:
        waiting.line()
        yield
        times.extend(json.loads(waiting.finish())['time'])


def threads(report, size):
    report.section(4, 'Growth', 'of one process: the floor is one listing of its threads with one ioprio_set(2) each')
    curve = []
    for count in size.threads:
        with Target('alice', 'threads', count) as target:
            pid = target.target
            rounds = max(size.fewest, min(size.calls, size.thread_calls // count))
            times = compare('alice', rounds, f'set:{pid}:idle:0', f'listing:{pid}', 'ping', warm=2)
        curve.append({'threads': count, **{side: statistics.median(times[side]) for side in times}})
        report.times(f'SetProcess, {count} threads', times['set'])
        report.times(f'floor, {count} threads', times['listing'])
        report.compare(f'SetProcess / (floor + Ping), {count} threads', ratio(times['set'], [times['listing'], times['ping']]),
                       2.5)
    report.sections[-1]['threads'] = curve
    if len(curve) > 1:
        first, last = curve[-2], curve[-1]
        grown = (last['set'] / first['set']) / (last['listing'] / first['listing'])
        report.compare(f'growth from {first["threads"]} to {last["threads"]}, of the floor\'s', grown, 1.05)


def others_wait(report, size):
    count = size.threads[-1]
    with Target('alice', 'threads', count) as target:
        for name, side, goal in ((f'while {count} threads are set by the service', 'set', 5),
                                 ('while the caller itself does the floor', 'listing', None)):
            waits = []
            with beside('ping', waits):
                compare('alice', size.waits, f'{side}:{target.target}:idle:0', warm=1)
            report.times(f'Ping of another, {name}', waits)
            report.compare('   the longest, ms', max(waits) / 1e6, goal)


def users(report, size):
    report.note('SetUser of an own user, against the kernel\'s IOPRIO_WHO_USER:')
    curve = []
    uid = uid_of('alice')
    for count in size.processes:
        with Target('alice', 'processes', count):
            times = compare('alice', max(size.fewest, min(size.calls // 10, 20_000 // count)), f'set-user:{uid}', f'user:{uid}', 'ping', warm=2)
        curve.append({'processes': count, **{side: statistics.median(times[side]) for side in times}})
        report.times(f'SetUser, {count} processes', times['set-user'])
        report.times(f'IOPRIO_WHO_USER, {count} processes', times['user'])
        report.compare(f'SetUser / (kernel + Ping), {count} processes',
                       ratio(times['set-user'], [times['user'], times['ping']]))
    report.sections[-1]['users'] = curve


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


def open_dialogs(stack, count):
    """Opens that many, of as many users as it takes: what must be kept."""
    callers = []
    for i in range(0, count, 8):
        caller = stack.enter_context(Program(OTHERS[i // 8], tool('bench_caller')))
        caller.line()
        callers.append((caller, min(8, count - i)))
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
