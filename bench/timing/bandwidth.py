"""The limit of memory: the rows of a pass read and written, in its order, without arithmetic.

No network can be faster than its rows can be moved, so this is a lower limit for every network,
measured in the same round. A row that several reviews of a batch share is moved once, since a
network may go through the words of a batch instead of its reviews. The rows lie as those of
`compiled` do, and are fetched ahead as it fetches them, because a network may do that too.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

from ...impls.compiled import shared_words
from ...impls.network import Array
from ...impls.reviews import Reviews
from ...impls.row_layout import ahead, aligned_zeros, row_layout
from ...impls.vectors import Code
from ..networks.scenario import Scenario

# Whole numbers as wide as those of the weights: combining them with "or" is no arithmetic, and the
# compiler can't leave it out.
BITS = {"float64": np.int64, "float32": np.int32}


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
        item = np.dtype(BITS[scenario.dtype])
        layout = row_layout(scenario.columns, item.itemsize, reviews.vocabulary_size)
        self.heads = aligned_zeros((reviews.vocabulary_size, layout.whole), item)
        self.tails = aligned_zeros((reviews.vocabulary_size, layout.rest), item)
        self._moved = (
            layout.cut,
            self.heads,
            self.tails,
            *_rows_of(reviews, scenario.batch_size),
            # What was read last is written everywhere; as all rows are zero, nothing changes.
            aligned_zeros((layout.padded,), item),
            *ahead(layout, scenario.batch_size),
        )
        # No storage can do with less than the numbers themselves; the rest is padding.
        self.floor_share = scenario.columns / (layout.whole + layout.rest)
        try:
            self.move()  # compiles
        except OSError:  # what was compiled can't be kept: the disk is full
            self.move()

    def move(self) -> None:
        """Read and write the rows of one pass."""
        _move(*self._moved)

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
    bounds, words, _ = shared_words(reviews, batch_size)
    return words, bounds


@intrinsic  # type: ignore[untyped-decorator]
def _read_rows(
    context: Any,
    cut: Any,
    heads: Any,
    tails: Any,
    words: Any,
    counts: Any,
    start: Any,
    stop: Any,
    column: Any,
    seen: Any,
    ahead: Any,
) -> Any:
    """Do what vectors.sum_rows does, with "or" in place of the addition."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        code = Code(context, builder, signature, args)
        code.store(code.folded(builder.or_, builder.mul), code.units(8))
        return context.get_dummy_value()

    args = cut, heads, tails, words, counts, start, stop, column, seen, ahead
    return types.void(*args), generate


@intrinsic  # type: ignore[untyped-decorator]
def _write_rows(
    context: Any,
    cut: Any,
    heads: Any,
    tails: Any,
    words: Any,
    counts: Any,
    start: Any,
    stop: Any,
    column: Any,
    seen: Any,
    ahead: Any,
) -> Any:
    """Do what vectors.subtract_from_rows does, but write without subtracting."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        code = Code(context, builder, signature, args)
        bits = code.load(code.units(8))
        with code.each_row() as (row, _):
            code.store(bits, row)
        return context.get_dummy_value()

    args = cut, heads, tails, words, counts, start, stop, column, seen, ahead
    return types.void(*args), generate


@compiled
def _move(
    cut: Any,
    heads: Any,
    tails: Any,
    words: Any,
    bounds: Any,
    seen: Any,
    read_ahead: Any,
    write_ahead: Any,
) -> None:
    tiles = len(cut[0])
    lanes = heads.shape[1] // tiles
    for batch in range(len(bounds) - 1):
        start, stop = bounds[batch], bounds[batch + 1]
        for tile in range(tiles):
            _read_rows(cut, heads, tails, words, None, start, stop, tile * lanes, seen, read_ahead)
        for tile in range(tiles):
            _write_rows(
                cut, heads, tails, words, None, start, stop, tile * lanes, seen, write_ahead
            )
