"""What the process of a network may not do, where the system can forbid it: Landlock, on Linux.

It writes nowhere but into a temporary folder of the network's own, opens no TCP connection, and
neither signals nor traces any other process: not the harness, whose memory holds the verdict, and
not the reviews, records and compiled code of other networks. It may read what it likes. With
seccomp it doesn't change the limits and priorities of others either.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from ..outcomes import BadInput

if sys.platform == "linux":
    from landlockpy import AccessFS, LandlockError, Ruleset, Scope, abi_version

    from .seccomp import available, leave_others_alone

    WRITING = (
        AccessFS.WRITE_FILE | AccessFS.TRUNCATE | AccessFS.REFER
        | AccessFS.REMOVE_DIR | AccessFS.REMOVE_FILE
        | AccessFS.MAKE_DIR | AccessFS.MAKE_REG | AccessFS.MAKE_SYM
        | AccessFS.MAKE_SOCK | AccessFS.MAKE_FIFO | AccessFS.MAKE_CHAR | AccessFS.MAKE_BLOCK
    )  # fmt: skip

# What swallows output, and what a framework opens to reach an accelerator.
DEVICES = ("null", "zero", "tty", "nvidia*", "kfd", "dri/*")
FREE = "--no-sandbox, in Python sandbox=False, in pytest --skipzeros-no-sandbox"
# What follows an error that may come of it.
DENIED = (
    " (a network is confined: it writes to tempfile.gettempdir() only, opens no TCP connection and "
    f"signals no other process; {FREE}, set it free)"
)


def sandbox() -> str:
    """Return what kind of sandbox this system has, as records tell it; empty if it has none."""
    if sys.platform == "linux":
        try:
            return f"Landlock {abi_version()}" + (", seccomp" if available() else "")
        except LandlockError:
            pass
    return ""


def confine(writable: Iterable[Path], *, timed: bool = True) -> bool:
    """Confine this process, and all that it starts, for as long as they live.

    Call it before any thread but the main one runs.

    Args:
        writable: folders that it may still write into.
        timed: whether it is also kept from what would only change how it is timed; a program that
            runs another one needs such calls.

    Returns:
        Whether this system can do it.

    Raises:
        BadInput: it says that it can, and could not.
    """
    if sys.platform != "linux" or not sandbox():
        return False
    scopes = Scope.SIGNAL | Scope.ABSTRACT_UNIX_SOCKET
    try:
        with Ruleset(handled_fs=WRITING, scoped=scopes) as rules:
            for folder in writable:
                rules.allow_path(folder, WRITING)
            for pattern in DEVICES:
                for device in Path("/dev").glob(pattern):
                    rules.allow_path(device, AccessFS.WRITE_FILE | AccessFS.TRUNCATE)
            rules.restrict()
    except LandlockError as error:
        raise BadInput(f"Landlock could not be set up: {error}; {FREE}, do without it") from None
    if timed and available() and not leave_others_alone():
        raise BadInput(f"seccomp could not be set up; {FREE}, do without it")
    return True
