"""Counting what a pass does, in the process that makes it, and never under the clock."""

from __future__ import annotations

import ctypes
import dis
import mmap
import platform
import sys
import time
from collections.abc import Callable
from functools import cache
from types import CodeType, FrameType
from typing import Any

# What the interpreter hands to the code of some object: calls, operators, and subscripts.
_CALLS = (
    "CALL", "BINARY_", "STORE_SUBSCR", "STORE_SLICE", "DELETE_SUBSCR", "COMPARE_OP",
    "CONTAINS_OP", "UNARY_NEGATIVE", "UNARY_INVERT",
)  # fmt: skip
_NO_CALLS = ("CALL_INTRINSIC",)


@cache
def _places(code: CodeType) -> frozenset[int]:
    """Return where in the bytecode such instructions are."""
    return frozenset(
        step.offset
        for step in dis.get_instructions(code)
        if step.opname.startswith(_CALLS) and not step.opname.startswith(_NO_CALLS)
    )


def python_calls(call: Callable[[], object]) -> int:
    """Count the calls that Python makes during a call, in this thread, at any depth.

    Operators and subscripts count too: each of them calls into an object's code.
    """
    found = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal found
        if event == "call":
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
            return trace
        if event == "opcode" and frame.f_lasti in _places(frame.f_code):
            found += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return found


# prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY)
_SET_TRACER, _ANY = 0x59616D61, -1


def repeated(call: Callable[[], object], seconds: float) -> int:
    """Make a call for so many seconds, at least once, and let any process look on.

    Returns:
        How often it was made.
    """
    if sys.platform == "linux":
        # Where Yama lets nobody but its parents trace a process; elsewhere it changes nothing.
        ctypes.CDLL(None).prctl(_SET_TRACER, ctypes.c_ulong(_ANY), 0, 0, 0)
    made, deadline = 0, time.monotonic() + seconds
    while not made or time.monotonic() < deadline:
        call()
        made += 1
    return made


# The requests that valgrind.h and callgrind.h define.
RUNNING = 0x1001
_CALLGRIND = (ord("C") << 24) | (ord("T") << 16)
DUMP, ZERO, START, STOP = _CALLGRIND, _CALLGRIND + 1, _CALLGRIND + 4, _CALLGRIND + 5
# long request(long *arguments): the rotations of VALGRIND_DO_CLIENT_REQUEST, which do nothing
# where no valgrind reads them, between moving the argument to rax and the answer from rdx.
_CODE = {
    "x86_64": "4889f8 31d2 48c1c703 48c1c70d 48c1c73d 48c1c733 4887db 4889d0 c3",
}
MACHINES = tuple(_CODE)


@cache
def _requests() -> Any:
    page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(bytes.fromhex(_CODE[platform.machine()]))
    function = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_void_p)
    return function(ctypes.addressof(ctypes.c_char.from_buffer(page))), page


def request(number: int) -> int:
    """Ask valgrind for something; 0 where it doesn't run this process."""
    arguments = (ctypes.c_uint64 * 6)(number)
    answer: int = _requests()[0](ctypes.addressof(arguments))
    return answer


def under_callgrind(call: Callable[[], object]) -> bool:
    """Have callgrind write what a call executes, the second time, to its file.

    Returns:
        Whether callgrind runs this process.
    """
    if not request(RUNNING):
        return False
    request(START)
    try:
        call()  # fills the caches that it simulates
        request(ZERO)
        call()
        request(DUMP)
    finally:
        request(STOP)
    return True
