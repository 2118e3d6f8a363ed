"""What Linux tells of a worker's process: its clock, how it waited, and what it has started."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ..text.mishaps import is_scarce
from .keeper import rank_of

# How a process's status names its waits, and more bytes than a status has.
VOLUNTARY, STATUS_BYTES = b"\nvoluntary_ctxt_switches:", 1 << 14
# cminflt, cmajflt, cutime and cstime, counted from the state of a process: the page faults and the
# CPU time of children whose end it has noticed.
OF_CHILDREN = (8, 10, 13, 14)


class Counts(NamedTuple):
    """What has come together since a worker began.

    Attributes:
        waits: how often it gave up its core of its own accord.
        queued_seconds: of wall time in which it waited for the core; NaN where the system doesn't
            tell.
        rank: how it is scheduled: its policy and priority.
    """

    waits: int
    queued_seconds: float
    rank: tuple[int, int]


class Family(NamedTuple):
    """The processes that a worker has started.

    Attributes:
        numbers: of those that run, or whose end it has not noticed yet.
        running: how many of them run.
        ended: what is counted of those whose end it has noticed, all together.
    """

    numbers: frozenset[int]
    running: int
    ended: tuple[int, ...]

    def has_grown(self, before: Family) -> bool:
        """Say whether there was a process that was not there before, even if it has ended."""
        return bool(self.numbers - before.numbers) or self.ended != before.ended


class LinuxProcess:
    """A worker, by its number.

    Args:
        keeper: the number of its keeper.

    Raises:
        OSError: it has ended.
    """

    def __init__(self, number: int, keeper: int) -> None:
        self.number, self._keeper = number, keeper
        # Kept open, since they are read in haste.
        self._status = os.open(f"/proc/{number}/status", os.O_RDONLY)
        self._queue: int | None = None
        with suppress(OSError):  # a kernel may have been built without it
            self._queue = os.open(f"/proc/{number}/schedstat", os.O_RDONLY)

    @classmethod
    def of(cls, number: int, keeper: int) -> LinuxProcess | None:
        """Return a worker by its number and its keeper's; None if it has just ended.

        Raises:
            OSError: this process may open no more files, or the like.
        """
        try:
            return cls(number, keeper)
        except OSError as error:
            if is_scarce(error):
                raise
        return None

    def close(self) -> None:
        """Let go of what is kept open."""
        for file in (self._status, self._queue):
            if file is not None:
                os.close(file)

    def cpu_seconds(self) -> float | None:
        """Return the CPU time of all its threads; None if it has just ended."""
        with suppress(OSError):
            # The clock of another process, as clock_getcpuclockid makes its number.
            return time.clock_gettime_ns(~self.number << 3 | 2) / 1e9
        return None

    def counts(self) -> Counts | None:
        """Return how it has waited so far; None if it has just ended."""
        with suppress(OSError, IndexError):
            text = os.pread(self._status, STATUS_BYTES, 0)
            waits = int(text.partition(VOLUNTARY)[2].split()[0])
            queued = math.nan
            if self._queue is not None:
                queued = _queued(os.pread(self._queue, STATUS_BYTES, 0))
            return Counts(waits, queued, rank_of(self.number))
        return None

    def helpers(self) -> list[int]:
        """Return the processes that it has started, or made its keeper's, and that still run."""
        return [child for child in self._started() if _runs(child)]

    def family(self) -> Family:
        """Return what there is of processes that it has started."""
        ended: tuple[int, ...] = ()
        with suppress(OSError, IndexError):  # it has just ended
            stat = Path(f"/proc/{self.number}/stat").read_bytes().rpartition(b")")[2].split()
            ended = tuple(int(stat[place]) for place in OF_CHILDREN)
        started = self._started()
        return Family(frozenset(started), sum(map(_runs, started)), ended)

    def _started(self) -> list[int]:
        """Return the processes that it has started, with those that have ended unnoticed."""
        found = [*_children(self.number), *_children(self._keeper)]
        return [child for child in found if child != self.number]


def own_seconds() -> float:
    """Return the time that this thread has worked or waited for the core; NaN where unknown."""
    with suppress(OSError), open("/proc/thread-self/schedstat", "rb", buffering=0) as file:
        return _queued(file.read()) + time.thread_time()
    return math.nan


def _queued(schedstat: bytes) -> float:
    """Return the seconds that a thread has waited for a core that others used."""
    return int(schedstat.split()[1]) / 1e9


def _children(number: int) -> Iterator[int]:
    """Yield the processes that a process has started in any thread, if nobody noticed their end."""
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{number}/task"):
            for child in Path(f"/proc/{number}/task/{thread}/children").read_text().split():
                yield int(child)


def _runs(number: int) -> bool:
    """Say whether a thread of a process has not ended.

    One that nobody has asked for its end has ended, too; its first thread may end before others.
    """
    with suppress(OSError, IndexError):
        for thread in os.listdir(f"/proc/{number}/task"):
            stat = Path(f"/proc/{number}/task/{thread}/stat").read_bytes()
            if stat.rpartition(b")")[2].split()[0] not in b"ZX":
                return True
    return False
