"""Calls of Linux that reach other processes, or give way to them: forbidden with libseccomp.

Landlock, which forbids most of it (sandbox.py), knows nothing of limits, priorities and cores.
"""

from __future__ import annotations

import ctypes
import errno
import signal
from typing import Any

LIBRARY = "libseccomp.so.2"
ALLOW, DENY = 0x7FFF0000, 0x00050000 | errno.EPERM
NOT_EQUAL, EQUAL = 1, 4
# prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, …)
SET_SECCOMP, FILTER = 22, 2
# Since Linux 5.16 the default: a filter is no reason to make memory slower.
FAST_MEMORY = 7
# Where all conditions on its arguments hold, each (argument, comparison, value), a call is denied.
# A process named 0 is the calling one. What a process does to itself is allowed but for this: to
# give way to a helper on the same core, which looks like waiting for the core; and to ignore the
# end of its children, so that nothing counts their time.
FORBIDDEN: list[tuple[bytes, list[tuple[int, int, int]]]] = [
    (b"sched_setaffinity", [(0, NOT_EQUAL, 0)]),
    (b"setpriority", [(0, NOT_EQUAL, 0)]),
    (b"setpriority", [(1, NOT_EQUAL, 0)]),
    (b"ioprio_set", [(1, NOT_EQUAL, 0)]),
    (b"prlimit64", [(0, NOT_EQUAL, 0)]),
    (b"sched_setscheduler", []),
    (b"sched_setparam", []),
    (b"sched_setattr", []),
    (b"sched_yield", []),
    (b"rt_sigaction", [(0, EQUAL, signal.SIGCHLD), (1, NOT_EQUAL, 0)]),
]


class _Comparison(ctypes.Structure):
    """A scmp_arg_cmp of seccomp.h."""

    _fields_ = (
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("datum_a", ctypes.c_uint64),
        ("datum_b", ctypes.c_uint64),
    )


def _library() -> Any:
    """Return libseccomp; None where it isn't installed, or the system takes no filter."""
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError:
        return None
    library.seccomp_init.restype = ctypes.c_void_p
    return library if _takes_filters() else None


def _takes_filters() -> bool:
    # A filter at address 0 changes nothing; that only the address is wrong says that others pass.
    system = ctypes.CDLL(None, use_errno=True)
    system.prctl(SET_SECCOMP, ctypes.c_ulong(FILTER), None)
    return ctypes.get_errno() == errno.EFAULT


def available() -> bool:
    """Say whether this system can forbid such calls."""
    return _library() is not None


def leave_others_alone() -> bool:
    """Forbid this process, and all that it starts, to change how others are scheduled or limited.

    Returns:
        Whether this system could do it.
    """
    library = _library()
    if library is None:
        return False
    rules = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(ALLOW)))
    try:
        library.seccomp_attr_set(rules, FAST_MEMORY, ctypes.c_uint32(1))
        failed = 0
        for name, conditions in FORBIDDEN:
            call = library.seccomp_syscall_resolve_name(name)
            array = (_Comparison * len(conditions))(*(_Comparison(*one, 0) for one in conditions))
            failed |= library.seccomp_rule_add_array(
                rules, ctypes.c_uint32(DENY), call, len(conditions), array
            )
        return not failed and library.seccomp_load(rules) == 0
    finally:
        library.seccomp_release(rules)
