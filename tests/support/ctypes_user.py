#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What c_user.c does, through ctypes: nothing but <iopriority.h> and the shared library."""

import ctypes
import errno
import os
import sys
from ctypes import byref, c_char_p, c_int, c_size_t, c_uint, c_void_p

library = ctypes.CDLL("libiopriority.so.1")
for text in ("class_name", "error_name", "error_message", "details_source"):
    getattr(library, f"iopriority_{text}").restype = c_char_p
for handle in ("client", "target", "result", "details", "error"):
    function = getattr(library, f"iopriority_{handle}_free")
    function.restype, function.argtypes = None, [c_void_p]
for of_error in ("code", "name", "message"):
    getattr(library, f"iopriority_error_{of_error}").argtypes = [c_void_p]

client = c_void_p()
last = c_void_p()
hold = c_int(-1)


class Refused(Exception):
    """A function has failed."""


def call(name, *arguments):
    """Calls what can fail, its last argument left out."""
    error = c_void_p()
    result = getattr(library, f"iopriority_{name}")(*arguments, byref(error))
    if result >= 0:
        return result
    words = [
        errno.errorcode[-result],
        str(library.iopriority_error_code(error)),
        library.iopriority_error_name(error).decode(),
        library.iopriority_error_message(error).decode(),
    ]
    library.iopriority_error_free(error)
    raise Refused("error " + " ".join(words))


def each(name, handle, *results):
    """What a function hands out one by one."""
    index = 0
    while getattr(library, f"iopriority_{name}")(handle, c_size_t(index), *map(byref, results)):
        yield [result.value for result in results]
        index += 1


def counted(name, handle):
    return "".join(f" {number}x{text.decode()}" for text, number in each(name, handle, c_char_p(), c_uint()))


def priority(name, handle):
    io_class, level = c_int(-1), c_uint(99)
    if getattr(library, f"iopriority_{name}")(handle, byref(io_class), byref(level)) < 0:
        return None
    return library.iopriority_class_name(io_class).decode(), level.value


def parsed(text):
    io_class, level = c_int(-1), c_uint(99)
    call("parse", text.encode(), byref(io_class), byref(level))
    return io_class, level


def get(pid, flags):
    io_class, level = c_int(-1), c_uint(99)
    call("get", client, pid, flags, byref(io_class), byref(level))
    return f"ok {library.iopriority_class_name(io_class).decode()} {level.value}"


def target_of(kind, name):
    target = c_void_p()
    if kind in ("unit", "user-unit"):
        call(f"target_new_{kind.replace('-', '_')}", name.encode(), byref(target))
        return target
    numbers = [int(number) for number in name.split(",")]
    if kind.startswith("pidfd"):
        numbers = [os.pidfd_open(number) for number in numbers]
    if kind in ("processes", "pidfds"):
        array = (c_int * len(numbers))(*numbers)
        call(f"target_new_{kind}", array, c_size_t(len(numbers)), byref(target))
    else:
        call(f"target_new_{kind}", c_uint(numbers[0]), byref(target))
    if kind.startswith("pidfd"):
        for pidfd in numbers:
            os.close(pidfd)
    return target


def described(target, flags):
    details = c_void_p()
    call("describe", client, target, flags, byref(details))
    words = ["ok", "{}:{}".format(*priority("details_set", details))]
    words.append("{}:{}".format(*priority("details_effective", details)))
    words.append(f"({library.iopriority_details_source(details).decode()})")
    words.append("uniform" if library.iopriority_details_uniform(details) else "mixed")
    words.append(f"{library.iopriority_details_processes(details)} {library.iopriority_details_threads(details)}")
    text = " ".join(words) + counted("details_breakdown", details)
    text += "".join(f" {uid}" for (uid,) in each("details_user", details, c_uint()))
    text += "".join(f" {program.decode()}" for (program,) in each("details_program", details, c_char_p()))
    for pid, member in each("details_each", details, c_int(), c_void_p()):
        text += f", {pid} " + (priority("details_set", c_void_p(member))[0] if member else "ended")
    text += " and more" if library.iopriority_details_each_cut(details) else ""
    library.iopriority_details_free(details)
    return text


def change(verb, target, wanted, flags):
    library.iopriority_result_free(last)
    last.value = None
    to_hold = [byref(hold)] if verb == "hold" else []
    return f"ok {call(verb, client, target, *parsed(wanted), flags, *to_hold, byref(last))}"


def general(verb, kind, name, wanted, flags):
    target = target_of(kind, name)
    try:
        return described(target, flags) if verb == "describe" else change(verb, target, wanted, flags)
    finally:
        library.iopriority_target_free(target)


def said_of_last():
    before = priority("result_before", last)
    left_alone = counted("result_left_alone", last)
    text = "before {} {}".format(*before) if before else "before:"
    text += counted("result_before_breakdown", last) + (", left alone:" + left_alone if left_alone else "")
    text += f" {library.iopriority_result_processes(last)} {library.iopriority_result_threads(last)}"
    return text + (" service" if library.iopriority_result_by_service(last) else " kernel")


def obey(verb, *words):
    if verb == "get":
        return get(int(words[0]), int(words[2]))
    if verb == "lower-self":
        return f"ok {call('lower_self')}"
    if verb == "timeout":
        library.iopriority_client_set_timeout(client, ctypes.c_uint32(int(words[0])))
        return "ok 0"
    if verb == "last":
        return said_of_last()
    if verb in ("active", "overruled"):
        return "yes" if getattr(library, f"iopriority_hold_is_{verb}")(hold) else "no"
    if verb == "release":
        os.close(hold.value)
        return "ok 0"
    name, wanted, flags = words[0], words[1], c_uint(int(words[2]))
    if verb in ("set", "set-user"):
        in_short = "set_process" if verb == "set" else "set_user"
        return f"ok {call(in_short, client, c_uint(int(name)), *parsed(wanted), flags)}"
    return general(*verb.split("-", 1), name, wanted, flags)


def answer(line):
    try:
        return obey(*line.split())
    except Refused as refused:
        return str(refused)


if library.iopriority_client_new(byref(client), None) < 0:
    sys.exit(1)
print("ready", flush=True)
for line in sys.stdin:
    print(answer(line), flush=True)
library.iopriority_result_free(last)
library.iopriority_client_free(client)
