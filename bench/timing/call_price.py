"""How long a call from Python takes here: the yardstick for calls that are counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import numpy as np

REPEATS, TIMES = 2000, 5


def call_seconds(hidden: int, dtype: str) -> float:
    """Measure the median CPU time of what networks in numpy call most, on rows in the cache.

    Each is one call as workers/counting.py counts them: an operator, a subscript, the rows of one
    word, a product, and a sum.

    Args:
        hidden, dtype: of the rows.
    """
    rows, word = np.zeros((64, hidden), dtype), np.zeros(1, np.int32)
    row, other = np.zeros(hidden, dtype), np.ones(hidden, dtype)
    few = rows[:1]
    calls: list[Callable[[], object]] = [
        lambda: row + other,
        lambda: rows[3],
        lambda: rows[word],
        lambda: row @ other,
        lambda: np.add.reduce(few, axis=0),
    ]
    nothing = _seconds(lambda: None)
    return median(max(0.0, _seconds(call) - nothing) for call in calls)


def _seconds(call: Callable[[], object]) -> float:
    """Return the least of some means: what else the machine does makes them longer only."""
    means = []
    for _ in range(TIMES):
        begun = time.thread_time_ns()
        for _ in range(REPEATS):
            call()
        means.append((time.thread_time_ns() - begun) / 1e9 / REPEATS)
    return min(means)
