"""How much memory a network holds, measured apart from any timed pass; and what can't fit."""

from __future__ import annotations

import os
import sys
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from ...impls.network import Network
from ...impls.reviews import Reviews
from ..networks.scenario import Scenario
from ..outcomes import BadInput
from ..text.amounts import memory_size
from .cgroup import memory_limit

if sys.platform != "win32":
    import resource

# Training allocates the same again for each review or batch, so the start of a pass is enough.
REVIEWS_TRAINED = 100


Build = Callable[[int], Network]  # from the size of a vocabulary to a network with first weights


def peak_memory(build: Build, reviews: Reviews, batch_size: int) -> int:
    """Measure how many bytes a network holds at most: weights, prepared reviews, and training.

    tracemalloc counts them. It sees what Python and numpy allocate, but not what a compiled
    extension takes by itself.
    """
    tracemalloc.start()
    try:
        candidate = build(reviews.vocabulary_size)
        prepared = candidate.prepare(reviews)
        candidate.train(candidate.prepare(_few(reviews, batch_size)))
        del prepared
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def resident_memory(build: Build, reviews: Reviews, batch_size: int) -> int | None:
    """Measure how many bytes this process grows by: weights, prepared reviews, a pass over some.

    The system counts them, whoever allocates; so this needs a process that has done nothing else.

    Returns:
        The bytes; None where the system doesn't tell.
    """
    few = _few(reviews, batch_size)
    # What it imports or compiles is no memory of the network; nor are the reviews themselves.
    tiny = Reviews.trusted(few.indptr, few.indices * 0, few.counts, few.labels, 1)
    warm = build(1)
    warm.train(warm.prepare(tiny[:1]))
    int(reviews.indices.sum())
    _forget_peak()
    before = most_held()
    candidate = build(reviews.vocabulary_size)
    prepared = candidate.prepare(reviews)
    candidate.train(candidate.prepare(few))
    del prepared
    after = most_held()
    return None if before is None or after is None else after - before


def _few(reviews: Reviews, batch_size: int) -> Reviews:
    return reviews[: max(REVIEWS_TRAINED, batch_size)]


def _forget_peak() -> None:
    """Lower the recorded peak to what is held now, which only Linux can do.

    Elsewhere a network doesn't show that takes less than the peak before it.
    """
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def most_held() -> int | None:
    """Return the most bytes that this process has held at once; None where nobody tells."""
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    if sys.platform == "win32":
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def machine_memory() -> int | None:
    """Return the bytes of memory that there are; None where the system doesn't tell."""
    limit = memory_limit()
    try:
        all_ = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return limit
    return all_ if limit is None else min(all_, limit)


def copies_that_fit(vocabulary_size: int, scenario: Scenario) -> int:
    """Return how many copies of weights_0_1 nine tenths of the machine's memory hold."""
    most = machine_memory()
    if most is None:
        return sys.maxsize
    return most * 9 // 10 // max(1, _size(vocabulary_size, scenario))


def _size(vocabulary_size: int, scenario: Scenario) -> int:
    return vocabulary_size * scenario.columns * np.dtype(scenario.dtype).itemsize


def refuse_what_cannot_fit(vocabulary_size: int, scenario: Scenario, copies: int) -> None:
    """Refuse weights that are too large for this machine, before anything is allocated.

    Args:
        copies: how many of weights_0_1 are held at once.

    Raises:
        BadInput: they take more than nine tenths of the machine's memory.
    """
    most, size = machine_memory(), _size(vocabulary_size, scenario)
    width = np.dtype(scenario.dtype).itemsize
    if most is not None and copies > copies_that_fit(vocabulary_size, scenario):
        raise BadInput(
            f"hidden={scenario.hidden}: the weights of {vocabulary_size:,} words x "
            f"{scenario.hidden:,} units x {width} bytes ({scenario.dtype}) are "
            f"{memory_size(size)}, and {copies} copies of them, {memory_size(copies * size)}, "
            f"don't fit into this machine's {memory_size(most)}; keep fewer words with most_words, "
            "take fewer hidden units, or name fewer networks"
        )
