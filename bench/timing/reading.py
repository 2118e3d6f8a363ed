"""One call under the clocks: what its process says of it, and what the harness sees."""

from __future__ import annotations

import gc
import math
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...impls.network import Array, Network
from ...impls.reviews import Reviews
from ..networks.guard import Weights, renew
from ..networks.scenario import Scenario

if sys.platform == "linux":
    import resource


class Outer(NamedTuple):
    """What the harness saw of a process during a call, by clocks that the process can't touch.

    Attributes:
        cpu_seconds: of all its threads, from the question to the answer; of a process that
            computes on another device, wall time, as in Reading.
        between_seconds: CPU time since the last such answer.
        waits: how often it gave up the core, as in Reading.
        blocked_seconds: of wall time in which it neither worked nor waited for the core, and the
            harness didn't either; NaN where the system doesn't tell.
    """

    cpu_seconds: float
    wall_seconds: float
    between_seconds: float
    waits: int
    blocked_seconds: float


class Aside(NamedTuple):
    """What the harness saw of a process beside its passes, in all bills together.

    Attributes:
        helpers: how many processes it has started that still ran during a bill, at most.
        starts: whether it started a process during a bill, or one ended that it waited for.
        gave_way: whether it was scheduled otherwise than when it began.
        unasked_seconds: CPU time while nothing was asked of it.
    """

    helpers: int = 0
    starts: bool = False
    gave_way: bool = False
    unasked_seconds: float = 0.0


class Reading(NamedTuple):
    """What the clocks of a process said of a call, and what the call returned.

    Attributes:
        cpu_seconds: of the thread that calls; of all threads, where they are declared; wall time
            where another device computes, of which no clock tells how long it works.
        process_seconds: CPU time of all threads.
        waits: how often the thread gave up the core of its own accord: for a sleep, a lock,
            another process, the disk. None where the system doesn't count.
        outer: what the harness saw; None in its own process, or where the system doesn't tell.
    """

    cpu_seconds: float
    wall_seconds: float
    process_seconds: float
    waits: int | None
    returned: Any
    outer: Outer | None = None


def read_clocks(call: Callable[[Any], Any], argument: Any) -> Reading:
    """Make a call, with nothing else between the reads of the clocks."""
    gc.disable()
    try:
        waits = _waits()
        # The thread's own time is read outermost: what it spends between two reads, where the
        # machine is busy, must not look like time of another thread.
        own, process = time.thread_time_ns(), time.process_time_ns()
        wall = time.perf_counter_ns()
        cpu = time.thread_time_ns()
        returned = call(argument)
        cpu = time.thread_time_ns() - cpu
        wall = time.perf_counter_ns() - wall
        waits = None if waits is None else (_waits() or 0) - waits
        # The time of a thread that is just ending is counted when it has ended.
        time.sleep(0.001)
        process = time.process_time_ns() - process
        others = process - (time.thread_time_ns() - own)
    finally:
        gc.enable()
    return Reading(cpu / 1e9, wall / 1e9, (cpu + others) / 1e9, waits, returned)


def timed_pass(
    network: Network,
    scenario: Scenario,
    weights: Weights,
    key: Sequence[Reviews],
    prepared: Any,
    passes: int = 1,
) -> tuple[Network, Reading]:
    """Give a network fresh weights, and make a pass under the clock of its process.

    Args:
        key: reviews to train on before the pass, a call for each part.
        passes: how many passes to make under the clock, one after the other.

    Returns:
        The network, which may have been built anew, and the reading of all passes; of several it
        has an array with their outputs.
    """
    elsewhere = getattr(network, "timed_pass", None)
    if elsewhere is not None:
        return network, elsewhere(weights, key, prepared, passes)
    network = renew(network, scenario, *weights)
    return network, passes_after_key(network, key, prepared, passes)


def passes_after_key(
    network: Network, key: Sequence[Reviews], prepared: Any, passes: int
) -> Reading:
    """Train on each part of a key, then make passes under the clock; see timed_pass."""

    def and_wait(form: Any) -> Array:
        outputs = network.train(form)
        network.synchronize()
        return outputs

    train = network.train if device_of(network) == "cpu" else and_wait
    for part in key:
        train(network.prepare(part))
    if passes == 1:
        return read_clocks(train, prepared)

    def series(form: Any) -> list[Array]:
        # Copies, because a network may hand out an array that its next pass changes.
        return [np.array(train(form)) for _ in range(passes)]

    reading = read_clocks(series, prepared)
    return reading._replace(returned=np.array(reading.returned))


def device_of(network: Network | type[Network]) -> str:
    """Return what a network computes on; one of a revision from before devices knows the CPU."""
    return str(getattr(network, "device", "cpu"))


def billed_weights(network: Network) -> tuple[Weights, float]:
    """Read all weights of a network, on a bill.

    Returns:
        The weights, and the CPU seconds of the process that the network lives in; NaN where nobody
        can tell.
    """
    elsewhere = getattr(network, "billed_weights", None)
    if elsewhere is not None:
        weights: tuple[Weights, float] = elsewhere()
        return weights
    return (network.weights_0_1, network.weights_1_2), math.nan


def around_a_pass(
    network: Network, scenario: Scenario, weights: Weights, reviews: Reviews
) -> tuple[Network, float, float]:
    """Time a reset, and then prepare of all reviews.

    Returns:
        The network, which may have been built anew, and the CPU seconds of both.
    """
    elsewhere = getattr(network, "around_a_pass", None)
    if elsewhere is not None:
        return network, *elsewhere(weights)
    begun = time.process_time()
    network = renew(network, scenario, *weights)
    between = time.process_time()
    network.prepare(reviews)
    return network, between - begun, time.process_time() - between


def timed_call(network: Network, method: str, argument: Any) -> Reading:
    """Call a method of a network under the clock of the process that it lives in."""
    elsewhere = getattr(network, "timed_call", None)
    if elsewhere is not None:
        reading: Reading = elsewhere(method, argument)
        return reading
    return read_clocks(getattr(network, method), argument)


def _waits() -> int | None:
    """Return how often this thread gave up the core of its own accord; None outside of Linux."""
    if sys.platform != "linux":
        return None
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw
