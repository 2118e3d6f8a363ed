"""The limit of memory: the rows of a pass read and written, in its order, without arithmetic.

No network can be faster than its rows can be moved, so this is a lower limit for every network,
measured in the same round. A row that several reviews of a batch share is moved once, since a
network may go through the words of a batch instead of its reviews. The rows are padded to whole
cache lines, because memory moves nothing smaller, and those of the next review are fetched ahead,
because a network may do that too.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

from ...impls.compiled import aligned_zeros
from ...impls.network import Array
from ...impls.reviews import Reviews
from ...impls.vectors import VECTOR_BYTES, Code, layout
from ..networks.scenario import Scenario

# Whole numbers: combining them with "or" is no arithmetic, and the compiler can't leave it out.
ITEM = np.dtype(np.int64)
ITEMS = VECTOR_BYTES // ITEM.itemsize  # of a vector


def compiled(function: Any) -> Any:
    """Compile a function, and keep what comes of it for the next process where that is possible."""
    try:
        return njit(cache=True)(function)
    except RuntimeError:  # neither beside this file nor in the user's folder
        return njit(function)


class BandwidthProbe:
    """Moves the rows of one training pass; needs numba.

    Args:
        reviews: the rows of their words are read for a whole batch, then written.
        scenario: its hidden units and dtype give the size of a row.

    Attributes:
        floor_share: the share of the moved bytes that every storage of the rows must move.
    """

    def __init__(self, reviews: Reviews, scenario: Scenario) -> None:
        tiles, vectors = layout(scenario.hidden, np.dtype(scenario.dtype).itemsize)
        width = tiles * vectors * ITEMS
        self.rows = aligned_zeros((reviews.vocabulary_size, width), ITEM)
        # What was read last is written everywhere; as all rows are zero, nothing changes.
        self._seen = aligned_zeros((width,), ITEM)
        self._moved = ((0,) * vectors, self.rows, *_rows_of(reviews, scenario.batch_size))
        # No storage can do with less than the numbers themselves; the rest is padding.
        row = scenario.hidden * np.dtype(scenario.dtype).itemsize
        self.floor_share = row / (width * ITEM.itemsize)
        self.move()  # compiles

    def move(self) -> None:
        """Read and write the rows of one pass."""
        _move(*self._moved, self._seen)

    def seconds(self) -> float:
        """Return the CPU seconds of one pass after an untimed one, as short passes are timed."""
        self.move()
        begun = time.thread_time_ns()
        self.move()
        return (time.thread_time_ns() - begun) / 1e9


def _rows_of(reviews: Reviews, batch_size: int) -> tuple[Array, Array]:
    """Return the words of all batches, each once a batch, and where each batch begins and ends."""
    if batch_size == 1:
        return np.asarray(reviews.indices), np.asarray(reviews.indptr)
    batches = np.repeat(np.arange(len(reviews)) // batch_size, np.diff(reviews.indptr))
    keys = np.unique(batches * reviews.vocabulary_size + reviews.indices)
    batch, words = np.divmod(keys, reviews.vocabulary_size)
    bounds = np.searchsorted(batch, np.arange(-(-len(reviews) // batch_size) + 1))
    return words.astype(reviews.indices.dtype), bounds


@intrinsic  # type: ignore[untyped-decorator]
def _read_rows(
    context: Any,
    vectors: Any,
    rows: Any,
    words: Any,
    counts: Any,
    start: Any,
    stop: Any,
    column: Any,
    seen: Any,
) -> Any:
    """Do what vectors.sum_rows does, with "or" in place of the addition."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        code = Code(context, builder, signature, args)
        target = code.address(7, args[6])
        for number, bits in enumerate(code.folded(builder.or_, builder.mul)):
            code.store(bits, target, number)
        return context.get_dummy_value()

    return types.void(vectors, rows, words, counts, start, stop, column, seen), generate


@intrinsic  # type: ignore[untyped-decorator]
def _write_rows(
    context: Any,
    vectors: Any,
    rows: Any,
    words: Any,
    counts: Any,
    start: Any,
    stop: Any,
    column: Any,
    seen: Any,
    next_stop: Any,
) -> Any:
    """Do what vectors.subtract_from_rows does, but write without subtracting."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        code = Code(context, builder, signature, args)
        source = code.address(7, args[6])
        bits = [code.load(source, number) for number in range(code.width)]
        with code.each_row_while_fetching(args[8]) as (row, _):
            for number, value in enumerate(bits):
                code.store(value, row, number)
        return context.get_dummy_value()

    signature = types.void(vectors, rows, words, counts, start, stop, column, seen, next_stop)
    return signature, generate


@compiled
def _move(vectors: Any, rows: Any, words: Any, bounds: Any, seen: Any) -> None:
    columns = len(vectors) * ITEMS  # of a tile
    for batch in range(len(bounds) - 1):
        start, stop = bounds[batch], bounds[batch + 1]
        next_stop = bounds[min(batch + 2, len(bounds) - 1)]
        for column in range(0, rows.shape[1], columns):
            _read_rows(vectors, rows, words, None, start, stop, column, seen)
        for column in range(0, rows.shape[1], columns):
            _write_rows(vectors, rows, words, None, start, stop, column, seen, next_stop)
