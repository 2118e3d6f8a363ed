"""One timing at a time on a machine: two that run side by side would slow each other."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from importlib.util import find_spec
from pathlib import Path

from ..outcomes import Failed
from ..text.markdown import one_line
from ..text.progress import note

# Not $TMPDIR, which differs from shell to shell.
LOCK = "/tmp/skipzeros.lock"
# What a process that holds the lock hands to one that it starts: the number of the open file.
INHERITED = "SKIPZEROS_LOCK_FILE"

_held: ContextVar[bool] = ContextVar("held", default=False)


@contextmanager
def alone_on_this_machine(wait: bool = True) -> Iterator[int | None]:
    """Hold the machine's lock, so that nothing else of ours is timed meanwhile.

    It waits for who holds it, and says for whom. Inside another such context, and in a process
    that inherited the lock, it is held already. Where the system has no such locks, or the file
    can't be had, nothing is waited for.

    Args:
        wait: False refuses to wait.

    Returns:
        A context with the open file that is locked; None where there is none of its own.

    Raises:
        Failed: another process times, and wait is False.
    """
    file = None if _held.get() or _inherited() else _opened()
    if file is None:
        yield None
        return
    try:
        _lock(file, wait)
        token = _held.set(True)
        try:
            yield file
        finally:
            _held.reset(token)
    finally:
        os.close(file)


def _path() -> Path:
    return Path(os.environ.get("SKIPZEROS_LOCK") or LOCK)


def _inherited() -> bool:
    """Say whether the process that started this one holds the lock for it."""
    try:
        given = os.fstat(int(os.environ.get(INHERITED, "")))
        own = _path().stat()
    except (ValueError, OSError):
        return False
    return (given.st_dev, given.st_ino) == (own.st_dev, own.st_ino)


def _opened() -> int | None:
    """Open the file, which all users of the machine may lock; None where that can't be."""
    if find_spec("fcntl") is None:
        return None
    path, why = _path(), ""
    # Opened before it is made: Linux refuses to make what another user owns in /tmp.
    for flags in (0, os.O_CREAT | os.O_EXCL, 0):
        try:
            file = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | flags, 0o666)
        except OSError as error:
            why = str(error.strerror)
            if isinstance(error, (FileNotFoundError, FileExistsError)):
                continue
            break
        if flags:
            os.fchmod(file, 0o666)
        return file
    note(f"{path} can't be opened ({why}): what else times on this machine is not waited for.")
    return None


def _lock(file: int, wait: bool) -> None:
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = one_line(os.pread(file, 300, 0).decode("utf-8", "replace"))
        told = f"another timing runs on this machine ({holder or 'by an unknown process'})"
        if not wait:
            raise Failed(f"{told}; run again when it has ended") from None
        note(f"{told[0].upper()}{told[1:]}: waiting for it to end.")
        fcntl.flock(file, fcntl.LOCK_EX)
    words = shlex.join(Path(word).name if word == sys.argv[0] else word for word in sys.argv)
    told = f"process {os.getpid()} since {time.strftime('%H:%M')}: {one_line(words)[:200]}"
    with suppress(OSError):  # a full disk; the lock holds all the same
        os.ftruncate(file, 0)
        os.pwrite(file, told.encode("utf-8", "replace"), 0)
