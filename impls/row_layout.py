"""How compiled cuts a row of weights: into vectors, as many as the registers hold at a time."""

from __future__ import annotations

from typing import NamedTuple

VECTOR_BYTES = 64  # a cache line, and a register of AVX-512
# How many vectors are summed at a time: with more, the 32 registers of 64 bytes would not hold
# everything; with fewer, additions would wait for each other.
VECTORS_AT_ONCE = 8
CHAINS = 4  # sums that don't wait for each other, at most
# With fewer reviews few words are shared, and to add up their steps costs more than a short row.
REVIEWS_THAT_SHARE, VECTORS_TO_SHARE = 16, 4


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
    def chains(self) -> int:
        """How many sums don't wait for each other."""
        return max(1, min(CHAINS, VECTORS_AT_ONCE // (self.vectors + bool(self.rest))))

    def shared(self, batch_size: int) -> bool:
        """Whether a row is updated once a batch, for all of its reviews that have the word."""
        long = self.padded >= VECTORS_TO_SHARE * self.lanes
        return long and batch_size >= REVIEWS_THAT_SHARE


def row_layout(hidden: int, itemsize: int) -> RowLayout:
    """Cut a row of hidden numbers of itemsize bytes each.

    What is left of a row of up to eight vectors is padded to a power of two only, so that it lies
    in one cache line wherever it begins. A longer row is padded to equal tiles, so that one
    compiled loop serves all of them.
    """
    lanes = VECTOR_BYTES // itemsize
    whole, left = divmod(hidden, lanes)
    rest = 1 << (left - 1).bit_length() if left else 0
    if whole < VECTORS_AT_ONCE and 0 < rest < lanes:
        return RowLayout(1, whole, rest, lanes)
    vectors = -(-hidden // lanes)
    tiles = -(-vectors // VECTORS_AT_ONCE)
    return RowLayout(tiles, -(-vectors // tiles), 0, lanes)
