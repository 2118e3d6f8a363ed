"""The harness's own clock of a worker, which no network can reach."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from ..timing.reading import Aside, Outer
from .driver_pipes import DriverPipes
from .linux_process import Family, LinuxProcess, own_seconds

# A worker waits for a question and, after a pass, a moment for its own threads to end.
OWN_WAITS = 2


class Bill:
    """What the harness sees of a process from a question to its answer.

    Attributes:
        outer: what it saw; None before the end, or where the system doesn't tell.
    """

    outer: Outer | None = None


class OuterClock:
    """What the harness sees of a worker's process from outside.

    Args:
        pipes: to the process; they tell when the harness only waits for it.

    Attributes:
        process: what Linux tells of it; None before it is known, and elsewhere.
        rank: how it was scheduled when it began.
    """

    def __init__(self, pipes: DriverPipes) -> None:
        self.process: LinuxProcess | None = None
        self.rank: tuple[int, ...] = ()
        self._pipes = pipes
        self._billed_until: float | None = None
        self._rests_since: float | None = None
        self._unasked = 0.0
        self._aside = Aside()

    def close(self) -> None:
        """Look no more at a process that has ended."""
        if self.process is not None:
            self.process.close()
            self.process = None

    @property
    def unasked_seconds(self) -> float:
        """CPU time of the process while nothing was asked of it."""
        now = self._cpu_seconds()
        if now is None or self._rests_since is None:
            return self._unasked
        return self._unasked + now - self._rests_since

    @property
    def aside(self) -> Aside:
        """What the process did beside what was asked of it."""
        return self._aside._replace(unasked_seconds=self.unasked_seconds)

    @contextmanager
    def asked(self) -> Iterator[None]:
        """Count the process's work in this context as asked for, and none outside of it."""
        self._unasked, self._rests_since = self.unasked_seconds, None
        try:
            yield
        finally:
            self._rests_since = self._cpu_seconds()

    @contextmanager
    def billed(self) -> Iterator[Bill]:
        """Read the clocks of the process around what is asked in this context."""
        bill, seen, pipes = Bill(), self.process, self._pipes
        family = seen and seen.family()
        before, cpu = seen and seen.counts(), self._cpu_seconds()
        marks: list[float] = []
        pipes.marks = marks
        wall, own = time.perf_counter(), own_seconds()
        yield bill
        wall, own = time.perf_counter() - wall, own_seconds() - own
        pipes.marks = None
        after, counts = self._cpu_seconds(), seen and seen.counts()
        if seen and family:
            self._aside = _with_family(self._aside, family, seen.family())
        if seen is None or not before or not counts or cpu is None or after is None:
            return
        if counts.rank != self.rank:
            self._aside = self._aside._replace(gave_way=True)
        # What the harness does while it waits for the answer keeps no worker from working.
        own -= marks[-1] - marks[0]
        queued = counts.queued_seconds - before.queued_seconds
        bill.outer = Outer(
            cpu_seconds=after - cpu,
            wall_seconds=wall,
            between_seconds=cpu - (self._billed_until if self._billed_until is not None else cpu),
            waits=max(0, counts.waits - before.waits - OWN_WAITS),
            blocked_seconds=wall - (after - cpu) - queued - own,
        )
        self._billed_until = after

    def _cpu_seconds(self) -> float | None:
        return None if self.process is None else self.process.cpu_seconds()


def _with_family(aside: Aside, before: Family, after: Family) -> Aside:
    return aside._replace(
        helpers=max(aside.helpers, before.running, after.running),
        starts=aside.starts or after.has_grown(before),
    )
