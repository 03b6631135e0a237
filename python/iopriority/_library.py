# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""libiopriority.so.1 by ctypes: the functions of <iopriority.h>, their errors, and what they hand out."""

from __future__ import annotations

import ctypes
import functools
import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import POINTER, c_char_p, c_int, c_size_t, c_uint, c_void_p
from typing import Any

from ._errors import BY_CODE, Error, Failed, invalid

NAME = "libiopriority.so.1"

# enum iopriority_flags
INTERACTIVE = 1 << 0
KERNEL_ONLY = 1 << 1
SERVICE_ONLY = 1 << 2
DESCENDANTS = 1 << 3
KEEP_EXPLICIT = 1 << 4

# The opaque types of the header are c_void_p, pid_t is c_int, and uid_t and uint32_t are c_uint.
_objects = POINTER(c_void_p)
_ints = POINTER(c_int)
_uints = POINTER(c_uint)
_texts = POINTER(c_char_p)

# iopriority_NAME: what it returns, and its arguments. A test compares this with the header.
PROTOTYPES: dict[str, tuple[Any, ...]] = {
    "class_name": (c_char_p, c_int),
    "client_free": (None, c_void_p),
    "client_new": (c_int, _objects, _objects),
    "client_new_on_host": (c_int, c_char_p, _objects, _objects),
    "client_set_timeout": (None, c_void_p, c_uint),
    "describe": (c_int, c_void_p, c_void_p, c_uint, _objects, _objects),
    "details_breakdown": (c_int, c_void_p, c_size_t, _texts, _uints),
    "details_each": (c_int, c_void_p, c_size_t, _ints, _objects),
    "details_each_cut": (c_int, c_void_p),
    "details_effective": (c_int, c_void_p, _ints, _uints),
    "details_free": (None, c_void_p),
    "details_processes": (c_uint, c_void_p),
    "details_program": (c_int, c_void_p, c_size_t, _texts),
    "details_set": (c_int, c_void_p, _ints, _uints),
    "details_source": (c_char_p, c_void_p),
    "details_threads": (c_uint, c_void_p),
    "details_user": (c_int, c_void_p, c_size_t, _uints),
    "devices_free": (None, c_void_p),
    "devices_get": (c_int, c_void_p, c_size_t, _texts, _texts, _ints),
    "error_code": (c_int, c_void_p),
    "error_free": (None, c_void_p),
    "error_message": (c_char_p, c_void_p),
    "error_name": (c_char_p, c_void_p),
    "get": (c_int, c_void_p, c_int, c_uint, _ints, _uints, _objects),
    "hold": (c_int, c_void_p, c_void_p, c_int, c_uint, c_uint, _ints, _objects, _objects),
    "hold_is_active": (c_int, c_int),
    "hold_is_overruled": (c_int, c_int),
    "list_devices": (c_int, c_void_p, c_uint, _objects, _objects),
    "lower_self": (c_int, _objects),
    "parse": (c_int, c_char_p, _ints, _uints, _objects),
    "result_before": (c_int, c_void_p, _ints, _uints),
    "result_before_breakdown": (c_int, c_void_p, c_size_t, _texts, _uints),
    "result_by_service": (c_int, c_void_p),
    "result_free": (None, c_void_p),
    "result_left_alone": (c_int, c_void_p, c_size_t, _texts, _uints),
    "result_processes": (c_uint, c_void_p),
    "result_threads": (c_uint, c_void_p),
    "set": (c_int, c_void_p, c_void_p, c_int, c_uint, c_uint, _objects, _objects),
    "target_free": (None, c_void_p),
    "target_new_group": (c_int, c_int, _objects, _objects),
    "target_new_pidfd": (c_int, c_int, _objects, _objects),
    "target_new_pidfds": (c_int, _ints, c_size_t, _objects, _objects),
    "target_new_process": (c_int, c_int, _objects, _objects),
    "target_new_processes": (c_int, _ints, c_size_t, _objects, _objects),
    "target_new_unit": (c_int, c_char_p, _objects, _objects),
    "target_new_user": (c_int, c_uint, _objects, _objects),
    "target_new_user_unit": (c_int, c_char_p, _objects, _objects),
}


@functools.cache
def library() -> ctypes.CDLL:
    """Loaded by the first call. ImportError, so that one `except` tells of a missing module and a missing library."""
    try:
        loaded = ctypes.CDLL(NAME)
    except OSError as error:
        raise ImportError(f"{NAME} cannot be loaded (Debian has it in the package libiopriority1): {error}") from None
    for name, (result, *arguments) in PROTOTYPES.items():
        try:
            function = getattr(loaded, f"iopriority_{name}")
        except AttributeError:
            raise ImportError(f"{NAME} is older than this module: it has no iopriority_{name}") from None
        function.restype = result
        function.argtypes = arguments
    return loaded


def look(name: str, *arguments: Any) -> Any:
    """Calls a function that cannot fail."""
    return getattr(library(), f"iopriority_{name}")(*arguments)


def call(name: str, *arguments: Any) -> int:
    """Calls a function whose last argument is its error, which is raised."""
    error = c_void_p()
    result: int = look(name, *arguments, ctypes.byref(error))
    if result < 0:
        raise _taken(error, -result)
    return result


def _taken(error: c_void_p, errno: int) -> Error:
    if not error:  # there was no memory for one
        return Failed(os.strerror(errno), errno=errno)
    try:
        kind = BY_CODE.get(look("error_code", error), Error)
        return kind(decoded(look("error_message", error)), decoded(look("error_name", error)), errno)
    finally:
        look("error_free", error)


@contextmanager
def made(kind: str, function: str, *arguments: Any) -> Iterator[c_void_p]:
    """What a function hands out by the argument before its error; freed afterwards."""
    thing = c_void_p()
    call(function, *arguments, ctypes.byref(thing))
    try:
        yield thing
    finally:
        look(f"{kind}_free", thing)


def numbered(name: str, thing: c_void_p, *kinds: Any) -> Iterator[tuple[Any, ...]]:
    """What a function has for each index from 0 on."""
    for index in itertools.count():
        values = [kind() for kind in kinds]
        if not look(name, thing, index, *map(ctypes.byref, values)):
            return
        yield tuple(decoded(value.value) if isinstance(value, c_char_p) else value.value for value in values)


def decoded(text: bytes | None) -> str:
    """Text of the library."""
    return (text or b"").decode("utf-8", "replace")


def encoded(text: str, what: str) -> bytes:
    """Text for the library, all of it: C would end at a NUL."""
    if "\0" in text:
        raise invalid(f"{what} {text!r} has a NUL in it")
    return text.encode()
