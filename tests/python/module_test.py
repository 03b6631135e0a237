#!/usr/bin/env python3
# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""module_test.py MODULE-DIRECTORY HEADER VERSION [TEST...] - the module iopriority without a bus: what it takes, what it
refuses, whether it fits <iopriority.h>. With the libiopriority.so.1 that LD_LIBRARY_PATH leads to."""

import asyncio
import contextlib
import ctypes
import errno
import gc
import inspect
import os
import pickle
import re
import runpy
import subprocess
import sys
import threading
import types
import unittest
import unittest.mock
import warnings

MODULES, HEADER, VERSION = sys.argv[1:4]
sys.path.insert(0, MODULES)

import iopriority  # noqa: E402
from iopriority import _errors, _library, _values, aio  # noqa: E402

LAST_PID = 2**31 - 1


def in_another_python(code, **environment):
    """Output, errors and status of a Python without site packages that runs this."""
    code = f"import sys; sys.path.insert(0, {MODULES!r})\n{code}"
    command = [sys.executable, "-I", "-S", "-X", "dev", "-c", code]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)


def child_of(code):
    """What a call in a child of fork() returns, as text."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(writing, str(code()).encode())
        os._exit(0)
    os.close(writing)
    with open(reading) as answer:
        text = answer.read()
    os.waitpid(pid, 0)
    return text


@contextlib.contextmanager
def a_process():
    """A process of this user, with nothing set."""
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        iopriority.set(process.pid, "none")
        yield process.pid
        process.stdin.close()


class Refusal(unittest.TestCase):
    def refuses(self, text, function, *arguments, **options):
        with self.assertRaisesRegex(iopriority.InvalidArgument, re.escape(text)) as caught:
            function(*arguments, **options)
        self.assertEqual(caught.exception.name, "org.freedesktop.DBus.Error.InvalidArgs")
        self.assertEqual(caught.exception.errno, errno.EINVAL)

    def test_a_level_above_seven_is_refused(self):
        self.refuses("level 8", iopriority.Priority.best_effort, 8)
        self.refuses("level -1", iopriority.Priority.realtime, -1)
        self.refuses("8", iopriority.set, 0, "best-effort:8")

    def test_a_level_of_idle_is_refused(self):
        self.refuses('level 3 with class "idle"', iopriority.Priority, iopriority.IoClass.IDLE, 3)
        self.refuses('level 1 with class "none"', iopriority.ionice, 0, iopriority.IoClass.NONE, 1)

    def test_an_unknown_class_is_refused(self):
        self.refuses("class 4", iopriority.Priority, 4)
        self.refuses("Priority.parse()", iopriority.Priority, "idle")
        self.refuses("ilde", iopriority.Priority.parse, "ilde")
        self.refuses("NUL", iopriority.Priority.parse, "idle\0")

    def test_a_number_that_c_would_cut_is_refused(self):
        self.refuses("4294967297", iopriority.get, 2**32 + 1)
        self.refuses("4294967297", iopriority.set, 2**32 + 1, "idle")
        self.refuses("4294967297", iopriority.Target.processes, [1, 2**32 + 1])
        self.refuses("4294967295", iopriority.Target.user, 2**32 - 1)
        self.refuses("-1", iopriority.Target.pidfd, -1)
        self.refuses("-1", iopriority.Target, "group", -1)
        with self.assertRaises(TypeError):
            iopriority.set(1.5, "idle")

    def test_what_is_of_another_type_is_refused_with_what_to_pass(self):
        for target in ("812", "backup.service", b"812\n", bytearray(b"812"), True, {812: 1}, None, 1.5):
            with self.assertRaisesRegex(TypeError, r"Target\.unit\(NAME\).*" + re.escape(repr(target))):
                iopriority.set(target, "idle")
        with self.assertRaisesRegex(TypeError, "best-effort:7.*IoClass.IDLE"):
            iopriority.set(0, iopriority.IoClass.IDLE)
        with self.assertRaisesRegex(TypeError, "a user id is a number, and not 'alice'"):
            iopriority.Target.user("alice")
        with self.assertRaisesRegex(TypeError, "a unit is a name, and not 5"):
            iopriority.Target.unit(5)
        with self.assertRaisesRegex(TypeError, "Route.SERVICE_ONLY, and not 'service'"):
            iopriority.Client(route="service")

    def test_an_unknown_kind_of_target_is_refused(self):
        self.refuses("kind 'tree'", iopriority.Target, "tree", 812)

    def test_a_list_of_nobody_is_refused(self):
        self.refuses("", iopriority.set, [], "idle")
        self.refuses("", iopriority.describe, iopriority.Target.pidfds([]))

    def test_a_unit_with_a_nul_in_it_is_refused(self):
        self.refuses("NUL", iopriority.Target.unit, "backup.service\0")

    def test_descendants_of_a_group_are_refused(self):
        self.refuses("", iopriority.set, iopriority.Target.group(0), "idle", descendants=True)

    def test_a_hold_by_the_kernel_alone_is_refused(self):
        client = iopriority.Client(route=iopriority.Route.KERNEL_ONLY)
        self.refuses("", client.hold, 0, "idle")

    def test_an_invalid_timeout_is_refused(self):
        for seconds in (0, -1, float("nan"), 1e9):
            self.refuses("timeout", iopriority.Client, timeout=seconds)

    def test_an_invalid_host_is_refused(self):
        self.refuses("", iopriority.Client("-oProxyCommand=true").get, 1)
        self.refuses("NUL", iopriority.Client("nas\0").get, 1)

    def test_a_process_that_is_not_there_is_no_such_process(self):
        client = iopriority.Client(route=iopriority.Route.KERNEL_ONLY)
        for call in (
            lambda: client.get(LAST_PID),
            lambda: client.set(LAST_PID, "idle"),
            lambda: client.describe(LAST_PID),
        ):
            with self.assertRaisesRegex(ProcessLookupError, str(LAST_PID)) as caught:
                call()
            self.assertIsInstance(caught.exception, iopriority.NoSuchProcess)
            self.assertEqual(caught.exception.name, "org.example.IoPriority.Error.NoSuchProcess")
            self.assertEqual(caught.exception.errno, errno.ESRCH)
            self.assertEqual(caught.exception.strerror, str(caught.exception))

    def test_without_a_bus_the_service_is_unavailable(self):
        answer = in_another_python(
            "import iopriority\n"
            "try: iopriority.Client(route=iopriority.Route.SERVICE_ONLY).set(0, 'idle')\n"
            "except iopriority.Unavailable as error: print(type(error), error.errno)",
            DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nowhere",
        )
        self.assertEqual(
            answer.stdout, f"<class 'iopriority.ServiceUnavailable'> {errno.EHOSTUNREACH}\n", answer.stderr
        )

    def test_a_library_that_is_missing_is_an_import_error_of_the_first_call(self):
        answer = in_another_python(
            "import ctypes, iopriority\n"
            "iopriority._library.NAME = 'libiopriority.so.0'\n"
            "try: iopriority.lower_self()\n"
            "except ImportError as error: print(error)"
        )
        self.assertIn("libiopriority.so.0 cannot be loaded", answer.stdout, answer.stderr)
        self.assertIn("libiopriority1", answer.stdout)

    def test_a_library_that_is_too_old_is_an_import_error(self):
        answer = in_another_python(
            "import iopriority\n"
            "iopriority._library.NAME = 'libc.so.6'\n"
            "try: iopriority.lower_self()\n"
            "except ImportError as error: print(error)"
        )
        self.assertIn("libc.so.6 is older than this module: it has no iopriority_", answer.stdout, answer.stderr)


class Errors(unittest.TestCase):
    def test_they_are_what_pythons_own_calls_raise_where_there_is_one(self):
        self.assertTrue(issubclass(iopriority.InvalidArgument, ValueError))
        self.assertTrue(issubclass(iopriority.AccessDenied, PermissionError))
        self.assertTrue(issubclass(iopriority.Dismissed, iopriority.NotAuthorized))
        self.assertTrue(issubclass(iopriority.NoSuchProcess, ProcessLookupError))
        self.assertTrue(issubclass(iopriority.TimedOut, TimeoutError))
        self.assertFalse(issubclass(iopriority.PartiallyApplied, PermissionError))

    def test_they_come_through_a_pickle(self):
        for kind in _errors.BY_CODE.values():
            error = pickle.loads(pickle.dumps(kind("process 812 is root's", "org.example.Name", errno.EACCES)))
            self.assertIs(type(error), kind)
            self.assertEqual(
                (str(error), error.name, error.errno), ("process 812 is root's", "org.example.Name", errno.EACCES)
            )


class Values(unittest.TestCase):
    def test_a_priority_reads_what_it_writes(self):
        for text in ("none", "idle", "best-effort:0", "best-effort:7", "realtime:2"):
            self.assertEqual(str(iopriority.Priority.parse(text)), text)
        self.assertEqual(iopriority.Priority.parse("low"), iopriority.Priority.best_effort(7))
        self.assertEqual(iopriority.Priority.parse("background"), iopriority.Priority.idle())
        self.assertEqual(iopriority.Priority.none(), iopriority.Priority(0))
        for io_class in iopriority.IoClass:
            without_level = iopriority.Priority(io_class)
            self.assertEqual(without_level, iopriority.Priority.parse(without_level.name), "the same as in text")
        self.assertEqual(iopriority.Priority(iopriority.IoClass.REALTIME, 0).level, 0)
        with self.assertRaises(iopriority.InvalidArgument):
            iopriority.Priority(iopriority.IoClass.REALTIME, -1)

    def test_numbers_are_the_processes_of_a_target(self):
        self.assertEqual(iopriority.Target.processes(iter([812, 813])).value, (812, 813))
        self.assertEqual(_values.target_of({812}), iopriority.Target.processes([812]))
        self.assertEqual(_values.target_of(812), iopriority.Target.process(812))

    def test_what_is_set_is_read_back(self):
        with a_process() as pid:
            changed = iopriority.set(pid, iopriority.Priority.best_effort(6))
            self.assertEqual((changed.processes, changed.threads, changed.by_service), (1, 1, False))
            self.assertEqual(changed.left_alone, {})
            self.assertEqual(str(iopriority.get(pid)), "best-effort:6")

    def test_what_is_set_is_described(self):
        with a_process() as pid:
            iopriority.set(pid, "idle")
            details = iopriority.describe(pid)
            self.assertEqual((details.set, details.effective), (iopriority.Priority.idle(), iopriority.Priority.idle()))
            self.assertEqual((details.source, details.uniform, details.breakdown), ("set", True, {"idle": 1}))
            self.assertEqual((details.processes, details.threads), (1, 1))
            self.assertEqual((details.each, details.each_cut), ((), False))

    def test_devices_are_those_of_sysfs(self):
        found = iopriority.Client(route=iopriority.Route.KERNEL_ONLY).devices()
        self.assertLessEqual(
            {device.name for device in found}, {name.replace("!", "/") for name in os.listdir("/sys/block")}
        )
        for device in found:
            self.assertIn(device.honours, iopriority.Honours)

    def test_a_pidfd_stays_the_callers(self):
        with a_process() as pid:
            pidfd = os.pidfd_open(pid)
            iopriority.set(iopriority.Target.pidfd(pidfd), "idle")
            os.close(pidfd)  # which would raise
            self.assertEqual(str(iopriority.get(pid)), "idle")


class Ionice(unittest.TestCase):
    def test_it_is_refused_where_psutils_is(self):
        for arguments in (
            (None, 3),
            (iopriority.IOPRIO_CLASS_IDLE, 1),
            (iopriority.IOPRIO_CLASS_BE, 8),
            (iopriority.IOPRIO_CLASS_RT, -1),
        ):
            with self.assertRaises(ValueError):
                iopriority.ionice(os.getpid(), *arguments)

    def test_it_returns_what_psutils_returns(self):
        with a_process() as pid:
            self.assertEqual(iopriority.ionice(pid), (0, 0))
            self.assertIsNone(iopriority.ionice(pid, iopriority.IOPRIO_CLASS_BE))
            self.assertEqual(iopriority.ionice(pid), (2, 0))
            self.assertIsNone(iopriority.ionice(pid, ioclass=2, value=7))
            self.assertEqual(iopriority.ionice(pid), (iopriority.IOPRIO_CLASS_BE, 7))
            iopriority.ionice(pid, iopriority.IOPRIO_CLASS_IDLE)
            self.assertEqual(iopriority.ionice(pid).ioclass, iopriority.IOPRIO_CLASS_IDLE)
            iopriority.ionice(pid, iopriority.IOPRIO_CLASS_NONE)
            self.assertEqual(iopriority.ionice(pid), (0, 0))


class Process(unittest.TestCase):
    def test_a_program_lowers_itself_with_all_its_threads(self):
        answer = in_another_python(
            "import os, threading, iopriority\n"
            "begun, end = threading.Barrier(3), threading.Event()\n"
            "for _ in range(2): threading.Thread(target=lambda: begun.wait() and None or end.wait()).start()\n"
            "begun.wait()\n"
            "threads = len(os.listdir('/proc/self/task'))\n"  # (a sanitizer has one of its own)
            "print(threads >= 3, iopriority.lower_self() == threads, os.nice(0))\n"
            "print(iopriority.describe(0).breakdown == {'idle': threads})\n"
            "end.set()"
        )
        self.assertEqual(answer.stdout, "True True 19\nTrue\n", answer.stderr)

    def test_a_child_of_fork_and_its_parent_go_on(self):
        client = iopriority.Client()
        expected = str(client.get(os.getpid()))
        pid = os.getpid()
        self.assertEqual(child_of(lambda: (client.get(pid), gc.collect())[0]), expected)
        self.assertEqual(str(client.get(pid)), expected)

    def test_several_threads_share_a_client(self):
        client, found = iopriority.Client(), []
        threads = [threading.Thread(target=lambda: found.append(client.get(0))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(found, [client.get(0)] * 8)

    def test_a_program_that_ends_says_nothing(self):
        answer = in_another_python(
            "import asyncio, iopriority\n"
            "from iopriority import aio\n"
            "client = iopriority.Client()\n"
            "iopriority.get(0), client.get(0), asyncio.run(aio.get(0))"
        )
        self.assertEqual((answer.returncode, answer.stdout, answer.stderr), (0, "", ""))


class Holding(unittest.TestCase):
    """With a pipe in place of what the service gives."""

    def setUp(self):
        reading, self.writing = os.pipe()
        self.hold = iopriority.Hold(reading, None)

    def tearDown(self):
        self.hold.release()
        os.close(self.writing)

    def is_released(self):
        try:
            os.write(self.writing, b"!")
        except BrokenPipeError:
            return True
        return False

    def test_it_ends_with_its_block_however_that_ends(self):
        with self.assertRaises(KeyError):
            with self.hold:
                self.assertFalse(self.is_released())
                raise KeyError
        self.assertTrue(self.is_released())
        self.assertEqual(self.hold.fileno(), -1)
        self.hold.release()

    def test_one_that_was_forgotten_is_released_with_a_warning(self):
        with self.assertWarnsRegex(ResourceWarning, "was not released"):
            del self.hold
            gc.collect()
        self.assertTrue(self.is_released())
        self.hold = iopriority.Hold(-1, None)

    def test_one_that_was_released_warns_of_nothing(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.hold.release()
            self.hold = iopriority.Hold(-1, None)

    def test_a_byte_says_that_it_was_overruled_and_it_is_active_still(self):
        self.assertTrue(self.hold.active)
        self.assertFalse(self.hold.overruled)
        os.write(self.writing, b"!")
        self.assertTrue(self.hold.active)
        self.assertTrue(self.hold.overruled)
        os.read(self.hold.fileno(), 1)
        self.assertTrue(self.hold.overruled, "whoever has read the byte")

    def test_one_that_was_forgotten_is_released_also_where_the_warning_is_an_error(self):
        answer = in_another_python(
            "import gc, os, warnings, iopriority\n"
            "warnings.simplefilter('error')\n"
            "reading, writing = os.pipe()\n"
            "hold = iopriority.Hold(reading, None)\n"
            "del hold\n"
            "gc.collect()\n"
            "os.write(writing, b'!')"
        )
        self.assertIn("BrokenPipeError", answer.stderr)

    def test_one_that_is_to_be_awaited_begins_once(self):
        begun = []

        async def twice():
            pending = aio.PendingHold(lambda: begun.append(1) or iopriority.Hold(-1, None))
            await pending
            with self.assertRaises(RuntimeError):
                await pending

        asyncio.run(twice())
        self.assertEqual(begun, [1])

    def test_one_that_was_released_is_neither(self):
        self.hold.release()
        self.assertFalse(self.hold.active)
        self.assertFalse(self.hold.overruled)


C_TYPES = {
    "void": None,
    "int": ctypes.c_int,
    "pid_t": ctypes.c_int,
    "unsigned": ctypes.c_uint,
    "uid_t": ctypes.c_uint,
    "uint32_t": ctypes.c_uint,
    "size_t": ctypes.c_size_t,
    "const char*": ctypes.c_char_p,
    "int*": ctypes.POINTER(ctypes.c_int),
    "pid_t*": ctypes.POINTER(ctypes.c_int),
    "const int*": ctypes.POINTER(ctypes.c_int),
    "const pid_t*": ctypes.POINTER(ctypes.c_int),
    "unsigned*": ctypes.POINTER(ctypes.c_uint),
    "uid_t*": ctypes.POINTER(ctypes.c_uint),
    "const char**": ctypes.POINTER(ctypes.c_char_p),
}


def python_type(c_type):
    """Of a type of the header: an opaque one is a pointer to nothing."""
    opaque = re.fullmatch(r"(?:const )?iopriority_\w+(\*+)", c_type)
    if opaque:
        return {"*": ctypes.c_void_p, "**": ctypes.POINTER(ctypes.c_void_p)}[opaque[1]]
    return C_TYPES[c_type]


class Header(unittest.TestCase):
    """<iopriority.h>, which ctypes knows nothing of."""

    @classmethod
    def setUpClass(cls):
        with open(HEADER) as header:
            cls.text = header.read()

    def test_every_function_is_declared_as_there(self):
        found = {}
        functions = re.findall(r"^IOPRIORITY_C_API (.+?\*?) ?iopriority_(\w+)\(([^)]*)\);", self.text, re.MULTILINE)
        for result, name, arguments in functions:
            types = [re.sub(r"\s*\w+$", "", argument.strip()) for argument in arguments.split(",")]
            found[name] = tuple(python_type(each) for each in (result, *types))
        self.assertEqual(len(found), self.text.count("IOPRIORITY_C_API ") - self.text.count("#define IOPRIORITY_C_API"))
        self.assertGreater(len(found), 40)
        for name in ("set_process", "set_user", "details_uniform"):  # short for what Python has, too
            found.pop(name)
        self.assertEqual(_library.PROTOTYPES, found)

    def numbers(self, enum):
        body = re.search(rf"enum {enum} {{(.*?)}};", self.text, re.DOTALL)[1]
        values = re.findall(r"^\s*IOPRIORITY_(\w+) = ([\d <]+)", body, re.MULTILINE)
        return {name: eval(value) for name, value in values}

    def test_every_number_is_as_there(self):
        self.assertEqual({each.name: each.value for each in iopriority.IoClass}, self.numbers("iopriority_class"))
        honours = {f"HONOURS_{each.name}": each.value for each in iopriority.Honours}
        self.assertEqual(honours, self.numbers("iopriority_honours"))
        flags = self.numbers("iopriority_flags")
        self.assertEqual({name: getattr(_library, name) for name in flags}, flags)
        errors = {
            "ERROR_" + re.sub(r"(?<=.)([A-Z])", r"_\1", kind.__name__).upper(): code
            for code, kind in _errors.BY_CODE.items()
        }
        errors["ERROR_INTERACTION_REQUIRED"] = 3
        self.assertEqual(errors, self.numbers("iopriority_code"))


def public_things():
    """Everything that a user can name, with its name."""
    for module in (iopriority, aio):
        yield module.__name__, module
        for name in module.__all__:
            thing = getattr(module, name)
            yield f"{module.__name__}.{name}", thing
            if inspect.isclass(thing) and thing.__module__.startswith("iopriority"):
                for member, value in vars(thing).items():
                    if not member.startswith("_") and (
                        inspect.isroutine(value) or isinstance(value, (property, classmethod))
                    ):
                        yield f"{module.__name__}.{name}.{member}", value


class Words(unittest.TestCase):
    def test_everything_public_has_a_docstring(self):
        things = [
            (name, thing)
            for name, thing in public_things()
            if inspect.isroutine(thing)
            or inspect.isclass(thing)
            or isinstance(thing, property)
            or inspect.ismodule(thing)
        ]
        self.assertGreater(len(things), 70)
        self.assertEqual([name for name, thing in things if not (thing.__doc__ or "").strip()], [])

    def test_all_that_is_named_is_there_and_the_rest_is_private(self):
        for module in (iopriority, aio):
            self.assertEqual(sorted(module.__all__), sorted(set(module.__all__)))
            for name in module.__all__:
                self.assertTrue(hasattr(module, name), name)

    def test_nothing_but_the_standard_library_is_imported(self):
        answer = in_another_python("from iopriority import aio; print('site' in sys.modules, aio.Client.__name__)")
        self.assertEqual(answer.stdout, "False Client\n", answer.stderr)


class Version(unittest.TestCase):
    def test_pip_gets_the_one_of_the_project(self):
        setup = unittest.mock.Mock()
        with unittest.mock.patch.dict(sys.modules, setuptools=types.SimpleNamespace(setup=setup)):
            runpy.run_path(os.path.join(MODULES, "setup.py"))
        setup.assert_called_once_with(version=VERSION)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]], verbosity=1)
