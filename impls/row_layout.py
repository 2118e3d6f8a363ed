"""How the rows of compiled lie in memory, are cut into vectors, and are fetched ahead."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from .network import Array

VECTOR_BYTES = 64  # a cache line, and a register of AVX-512
LINE = VECTOR_BYTES // 8  # numbers of 8 bytes in a cache line
# How many vectors are summed at a time: with more, the 32 registers of 64 bytes would not hold
# everything; with fewer, additions would wait for each other.
VECTORS_AT_ONCE = 8
CHAINS = 4  # sums that don't wait for each other, at most
# With fewer reviews few words are shared, and to add up their steps costs more than a short row.
REVIEWS_THAT_SHARE, VECTORS_TO_SHARE = 16, 4
# Rests lie apart while all rows together take no more bytes than this. In larger tables most rows
# come from main memory, where two places take longer than one.
BYTES_APART = 16 << 20
HUGE_PAGE = 2 << 20  # bytes; numpy asks the system for such pages where an array fills two
# While a review is updated, rows of a later one are fetched: those of words so far ahead, or as
# far as the review is long, because the rest of it is in the cache already.
WORDS_AHEAD = 256
# Unless its own rows take more bytes than this: then those of others would push them out.
BYTES_BESIDE = 49_152
# While the reviews of a batch are summed, so many bytes of rows are fetched ahead, a third of the
# smallest cache: they are needed sooner, and must not push out one another.
BYTES_AHEAD = 16_384


class RowLayout(NamedTuple):
    """A row, cut.

    Attributes:
        tiles: loops over the words that a row takes.
        vectors: whole ones of each tile.
        rest: numbers of one more, narrower vector; 0 where there is none.
        lanes: numbers of a whole vector.
    """

    tiles: int
    vectors: int
    rest: int
    lanes: int

    @property
    def whole(self) -> int:
        """The numbers of a row in whole vectors."""
        return self.tiles * self.vectors * self.lanes

    @property
    def padded(self) -> int:
        """The numbers of a row in whole vectors, if the rest fills one too."""
        return self.whole + self.lanes * bool(self.rest)

    @property
    def cut(self) -> tuple[tuple[int, ...], ...]:
        """Tuples as long as these numbers: a compiler knows their lengths, which alone matter."""
        return tuple((0,) * number for number in self)

    @property
    def row_bytes(self) -> int:
        """The bytes of the cache lines that hold a row."""
        return self.padded // self.lanes * VECTOR_BYTES

    @property
    def chains(self) -> int:
        """How many sums don't wait for each other."""
        return max(1, min(CHAINS, VECTORS_AT_ONCE // (self.vectors + bool(self.rest))))

    def shared(self, batch_size: int) -> bool:
        """Whether a row is updated once a batch, for all of its reviews that have the word."""
        long = self.padded >= VECTORS_TO_SHARE * self.lanes
        return long and batch_size >= REVIEWS_THAT_SHARE


def row_layout(hidden: int, itemsize: int, vocabulary_size: int, apart: bool = True) -> RowLayout:
    """Cut a row of hidden numbers of itemsize bytes each.

    What is left of a row of up to eight vectors is padded to a power of two only, so that it lies
    in one cache line wherever it begins; or to a whole vector, in a large table. A longer row is
    padded to equal tiles, so that one compiled loop serves all of them.

    Args:
        apart: False pads a short row in a small table to a whole vector too.
    """
    lanes = VECTOR_BYTES // itemsize
    whole, left = divmod(hidden, lanes)
    rest = 1 << (left - 1).bit_length() if left else 0
    small = vocabulary_size * (whole * lanes + rest) * itemsize <= BYTES_APART
    if whole < VECTORS_AT_ONCE and 0 < rest < lanes and small and apart:
        return RowLayout(1, whole, rest, lanes)
    vectors = -(-hidden // lanes)
    tiles = -(-vectors // VECTORS_AT_ONCE)
    return RowLayout(tiles, -(-vectors // tiles), 0, lanes)


def ahead(
    layout: RowLayout, batch_size: int, most: int = WORDS_AHEAD
) -> tuple[int | None, int | None]:
    """Say how many words ahead rows are fetched while rows are summed, and while they are updated.

    In a batch every row that is updated has just been summed.

    Args:
        most: words, at most; 0 fetches none.
    """
    if most == 0:
        return None, None
    if batch_size == 1:
        return None, most
    return min(most, max(1, BYTES_AHEAD // layout.row_bytes)), None


def aligned_zeros(shape: tuple[int, ...], dtype: Any) -> Array:
    """Make an array of zeros that starts where a vector can be read, a large one with a huge page.

    A large array that starts elsewhere has ends that fill no huge page.
    """
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    boundary = HUGE_PAGE if size >= 2 * HUGE_PAGE else VECTOR_BYTES
    memory = np.zeros(size + boundary, np.uint8)
    start = -memory.ctypes.data % boundary
    array: Array = memory[start : start + size].view(dtype).reshape(shape)
    return array
