"""Passes under the clock: all networks in each round, in random order, one at a time.

Medians of paired ratios need no outlier dropped and no quiet machine, only that what is compared
ran side by side; so a round times every network once, and the order is drawn anew each round.
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from ..impls.network import Array, Network
from .continuity import digest
from .errors import Failed, Incorrect
from .scenario import Scenario, renew
from .watch import Weights, blame, checked_outputs

MIN_ROUNDS = 6  # below, no interval of 95 % for a median exists
SHORT_PASS_SECONDS = 0.1  # where caches still warm from the last network would show


class Reading(NamedTuple):
    """What the clocks and the network gave; process_seconds counts all threads."""

    cpu_seconds: float
    wall_seconds: float
    process_seconds: float
    outputs: Array


@dataclass(frozen=True)
class Pass:
    """One timed training pass."""

    network: str
    set: int
    round: int
    order: int
    cpu_seconds: float
    wall_seconds: float
    process_seconds: float
    outputs_match: bool


@dataclass
class Contestant:
    """A certified network, ready to run: prepared input, fresh weights at hand."""

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

    def time_pass(self, set_: int, round_: int, order: int) -> Pass | None:
        """One pass between two reads of the clocks; then its results are compared."""
        try:
            self.get_ready()
            return self.record(self.clock(), set_, round_, order)
        except (Failed, Incorrect) as fault:
            self.fault, self.sound = fault, False
            return None

    def get_ready(self) -> None:
        """Fresh weights, and for a short pass warm caches."""
        with blame("reset"):
            self.network = renew(self.network, self.scenario, *self.weights)
            if self.pass_seconds < SHORT_PASS_SECONDS:
                self.network.train(self.prepared)
                self.network = renew(self.network, self.scenario, *self.weights)

    def clock(self) -> Reading:
        """The pass itself: nothing but the call stands between the clock reads.

        Raises:
            Failed: the network raised an error.
        """
        train, prepared = self.network.train, self.prepared
        gc.disable()
        try:
            with blame("a timed pass"):
                process, wall = time.process_time_ns(), time.perf_counter_ns()
                cpu = time.thread_time_ns()
                outputs = train(prepared)
                cpu = time.thread_time_ns() - cpu
                wall = time.perf_counter_ns() - wall
                # The time of a thread that is just ending is counted when it has ended.
                time.sleep(0.001)
                process = time.process_time_ns() - process
        finally:
            gc.enable()
        return Reading(cpu / 1e9, wall / 1e9, process / 1e9, outputs)

    def record(self, reading: Reading, set_: int, round_: int, order: int) -> Pass:
        """Compare what a pass gave with what was certified.

        Raises:
            Failed: the network raised an error.
            Incorrect: it returned something that is no output.
        """
        outputs = checked_outputs(reading.outputs, self.reviews, "a timed pass")
        with blame("reading the weights after a timed pass"):
            same = digest(self.network, outputs) == self.digest
        self.sound, self.pass_seconds = self.sound and same, reading.wall_seconds
        self.passes.append(Pass(self.name, set_, round_, order, *reading[:3], outputs_match=same))
        return self.passes[-1]


class Runner(Protocol):
    """Whatever runs the passes of one network: a contestant in this process, or a worker."""

    sound: bool  # worth another pass

    def time_pass(self, set_: int, round_: int, order: int) -> Pass | None:
        """One timed pass, or None if it came to nothing; the runner then isn't sound."""


def time_rounds(runners: Sequence[Runner], rounds: int | None, budget: float) -> Iterator[Pass]:
    """Yield passes until the rounds are done: so many, or at least 6 until the budget is spent.

    A network that fails or gives other results than before is timed no further.

    Args:
        budget: seconds; a round that would go beyond is not begun.
    """
    # Unseeded: the order must not favour the same network in every run.
    order = random.Random()
    started = time.perf_counter()
    number = 0
    sound = list(runners)
    while sound and not _done(number, rounds, time.perf_counter() - started, budget):
        number += 1
        for place, runner in enumerate(order.sample(sound, len(sound)), 1):
            timed = runner.time_pass(1, number, place)
            if timed is not None:
                yield timed
        sound = [runner for runner in sound if runner.sound]


def _done(number: int, rounds: int | None, elapsed: float, budget: float) -> bool:
    if rounds is not None:
        return number >= rounds
    return number >= MIN_ROUNDS and elapsed * (number + 1) / number > budget
