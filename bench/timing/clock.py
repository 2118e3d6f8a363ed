"""Passes under the clock: all networks in each round, in random order, one at a time.

Medians of paired ratios need neither a quiet machine nor that outliers are dropped, only that what
is compared runs side by side. So each round times every network once, in an order drawn anew.
"""

from __future__ import annotations

import gc
import math
import sys
import time
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ...impls.network import Array, Network
from ..equality.whole_pass import digest
from ..networks.guard import Weights, blame, checked_outputs, renew
from ..networks.scenario import Scenario
from ..outcomes import Failed, Incorrect

if sys.platform == "linux":
    import resource

# In a pass as short as this it would show that the caches hold the last network's data.
SHORT_PASS_SECONDS = 0.1
# A short pass is repeated until two in a row differ by less than this share, for so many seconds
# at most.
STEADY, WARM_UP_SECONDS = 0.02, 1.0


class Reading(NamedTuple):
    """What the clocks and the network gave for one pass.

    Attributes:
        process_seconds: CPU time of all threads.
        waits: how often the thread gave up the core of its own accord: for a sleep, a lock,
            another process, the disk. None where the system doesn't count.
    """

    cpu_seconds: float
    wall_seconds: float
    process_seconds: float
    waits: int | None
    outputs: Array


@dataclass(frozen=True)
class Pass:
    """One timed training pass; PassRow says what its fields mean."""

    network: str
    set: int
    round: int
    order: int
    cpu_seconds: float
    wall_seconds: float
    process_seconds: float
    waits: int | None
    outputs_match: bool
    limit_seconds: float | None = None


@dataclass
class Contestant:
    """A certified network that is ready to run, with prepared input and fresh weights."""

    name: str
    network: Network
    prepared: Any
    reviews: int
    scenario: Scenario
    weights: Weights
    digest: str  # of the certified pass
    pass_seconds: float  # about how long a pass takes
    passes: list[Pass] = field(default_factory=list)
    sound: bool = True  # whether every timed pass was, bit for bit, the certified one
    fault: Failed | Incorrect | None = None  # what a timed pass ended with instead

    def warm_up(self) -> None:
        """Repeat a short pass until its time is steady: caches, branch prediction, frequency.

        Raises:
            Failed: the network raised an error.
        """
        last, deadline = math.inf, time.perf_counter() + WARM_UP_SECONDS
        while self.pass_seconds < SHORT_PASS_SECONDS and time.perf_counter() < deadline:
            with blame("reset"):
                self.network = renew(self.network, self.scenario, *self.weights)
            self.pass_seconds = self.clock().wall_seconds
            if abs(self.pass_seconds - last) < STEADY * last:
                return
            last = self.pass_seconds

    def time_pass(self, set_: int, round_: int, order: int) -> Pass | None:
        """Time one pass, and compare its results with the certified ones.

        Returns:
            The pass; None where it ended with a fault, which is kept.
        """
        try:
            self.get_ready()
            return self.record(self.clock(), set_, round_, order)
        except (Failed, Incorrect) as fault:
            self.fault, self.sound = fault, False
            return None

    def get_ready(self) -> None:
        """Take fresh weights; before a short pass, warm the caches too."""
        with blame("reset"):
            self.network = renew(self.network, self.scenario, *self.weights)
            if self.pass_seconds < SHORT_PASS_SECONDS:
                self.network.train(self.prepared)
                self.network = renew(self.network, self.scenario, *self.weights)

    def clock(self) -> Reading:
        """Make one pass, with nothing but the call of train between the reads of the clocks.

        Raises:
            Failed: the network raised an error.
        """
        train, prepared = self.network.train, self.prepared
        gc.disable()
        try:
            with blame("a timed pass"):
                waits = _waits()
                # The thread's own time is read outermost: what it spends between two reads, where
                # the machine is busy, must not look like time of another thread.
                own, process = time.thread_time_ns(), time.process_time_ns()
                wall = time.perf_counter_ns()
                cpu = time.thread_time_ns()
                outputs = train(prepared)
                cpu = time.thread_time_ns() - cpu
                wall = time.perf_counter_ns() - wall
                waits = None if waits is None else (_waits() or 0) - waits
                # The time of a thread that is just ending is counted when it has ended.
                time.sleep(0.001)
                process = time.process_time_ns() - process
                others = process - (time.thread_time_ns() - own)
        finally:
            gc.enable()
        return Reading(cpu / 1e9, wall / 1e9, (cpu + others) / 1e9, waits, outputs)

    def record(self, reading: Reading, set_: int, round_: int, order: int) -> Pass:
        """Compare a pass with the certified one, and keep its times.

        Args:
            reading: what clock returned.
            set_, round_, order: which set of workers, which round, and which place in it.

        Raises:
            Failed: the network raised an error.
            Incorrect: the network returned something that is no output.
        """
        outputs = checked_outputs(reading.outputs, self.reviews, "a timed pass")
        with blame("reading the weights after a timed pass"):
            same = digest(self.network, outputs) == self.digest
        self.sound, self.pass_seconds = self.sound and same, reading.wall_seconds
        self.passes.append(Pass(self.name, set_, round_, order, *reading[:4], outputs_match=same))
        return self.passes[-1]


def _waits() -> int | None:
    """Return how often this thread gave up the core of its own accord; None outside of Linux."""
    if sys.platform != "linux":
        return None
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw
