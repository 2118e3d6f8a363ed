"""How many reviews an advice times, so that it fits its seconds."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from ...impls.network import Array
from ...impls.reviews import Reviews
from ..networks.scenario import Scenario
from ..timing.memory import machine_memory

# Numbers of rows to sum, so that the fastest pass takes some milliseconds, and steps, each of
# which costs a framework up to half a millisecond; as many as an advice of so many seconds has time
# for, and enough for a longer one.
NUMBERS, STEPS, ENOUGH = 2.4e7, 1200, 60.0
# About how many passes a network makes until it is certified and timed.
PASSES = 25
# A pass over fewer reviews would be over before the clock had begun.
FEWEST_REVIEWS = 8
# Of the seconds, for the passes of two dense networks.
DENSE_SHARE = 0.2
# With fewer, a pass that skips the zeros is over within a fraction of a millisecond.
FEWEST_NUMBERS = 2e6


@dataclass(frozen=True)
class Slices:
    """Which reviews are timed.

    Attributes:
        sparse: how many with what skips the zeros.
        dense: how many with what doesn't; 0 where that doesn't fit.
        step_seconds: one dense step of a batch, tried once; NaN where it doesn't fit into memory.
        needed: seconds with which dense networks are timed too, whatever they are now.
    """

    sparse: int
    dense: int
    step_seconds: float
    needed: int

    @property
    def apart(self) -> bool:
        """Whether dense networks are timed on fewer reviews, in a run of their own."""
        return 0 < self.dense < self.sparse


def slices(reviews: Reviews, scenario: Scenario, seconds: float) -> Slices:
    """Choose how many reviews are timed.

    Args:
        seconds: for the whole advice.
    """
    batch = min(scenario.batch_size, len(reviews))
    words = max(1.0, len(reviews.indices) / len(reviews))
    share = min(1.0, seconds / ENOUGH)
    wanted = share * min(NUMBERS / (words * scenario.hidden), STEPS * batch)
    sparse = _whole_batches(wanted, batch, len(reviews))
    step = dense_step_seconds(reviews[:batch], scenario)
    if math.isnan(step):
        return Slices(sparse, 0, step, 0)
    # The other one of the two, and the update of all weights in both, are in the 2.
    needed = 2 * PASSES * step / DENSE_SHARE
    fewest = math.ceil(FEWEST_REVIEWS / batch)
    steps = seconds / needed
    dense = _whole_batches(min(steps * batch, sparse), batch, len(reviews))
    dense = dense if steps >= fewest else 0
    if dense * words * scenario.hidden >= FEWEST_NUMBERS:
        sparse = dense
    return Slices(sparse, dense, step, 10 * math.ceil(fewest * needed / 10))


def _whole_batches(wanted: float, batch: int, most: int) -> int:
    return min(most, max(1, int(wanted // batch)) * batch)


def dense_step_seconds(batch: Reviews, scenario: Scenario) -> float:
    """Time what a dense step cannot do without, once: layer_0, and a product each way.

    Returns:
        Seconds; NaN where it would take more than a third of the memory.
    """
    size, hidden = batch.vocabulary_size, scenario.hidden
    numbers = len(batch) * (size + hidden) + 2 * size * hidden
    memory = machine_memory()
    if memory is not None and numbers * np.dtype(scenario.dtype).itemsize > memory / 3:
        return math.nan
    weights_0_1, _ = scenario.first_weights(size)
    steps = np.ones((len(batch), hidden), scenario.dtype)
    with threadpool_limits(scenario.threads):
        # The first time finds memory that nobody has touched.
        return min(_step_seconds(batch, weights_0_1, steps) for _ in range(2))


def _step_seconds(batch: Reviews, weights_0_1: Array, steps: Array) -> float:
    begun = time.perf_counter()
    layer_0 = np.zeros((len(batch), batch.vocabulary_size), weights_0_1.dtype)
    layer_0[np.repeat(np.arange(len(batch)), np.diff(batch.indptr)), batch.indices] = 1
    _ = layer_0 @ weights_0_1
    weights_0_1 -= layer_0.T @ steps
    return time.perf_counter() - begun
