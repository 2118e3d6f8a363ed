"""Counts in the narrowest type that holds them: hardly a word comes 256 times in a review."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .files import BLOCK_NUMBERS, blocks

# float64 holds all counts.
_NARROW = (np.uint8, np.uint16, np.uint32, np.float32)
# Each block is there in three types at once, and compared.
_NUMBERS = BLOCK_NUMBERS // 4


def narrowest(counts: NDArray[Any]) -> np.dtype[Any]:
    """Return the narrowest type that holds each of the counts (n,) to the last bit."""
    fit = (np.dtype(kind) for kind in _NARROW if all(map(_holds(kind), blocks(counts, _NUMBERS))))
    return next(fit, np.dtype(np.float64))


def _holds(kind: Any) -> Any:
    def holds(block: NDArray[Any]) -> bool:
        wide = block.astype(np.float64)
        with np.errstate(invalid="ignore", over="ignore"):
            narrow = wide.astype(kind).astype(np.float64)
        # By their bits, because -0 is equal to 0.
        return np.array_equal(narrow.view(np.int64), wide.view(np.int64))

    return holds


def ones(counts: NDArray[Any]) -> int:
    """Return how many of the counts (n,) are 1."""
    return sum(int((block == 1).sum()) for block in blocks(counts))


def once(counts: NDArray[Any]) -> NDArray[Any]:
    """Return one number for all where all counts are 1, else the counts."""
    # Of a type that Reviews makes others of: no network is handed what for_each returns.
    return np.ones(min(1, len(counts)), np.uint8) if ones(counts) == len(counts) else counts


def for_each(counts: NDArray[Any], words: int) -> NDArray[Any]:
    """Return what once was given, as a view; words is how many counts these were.

    Raises:
        ValueError: the counts are of neither length.
    """
    return counts if len(counts) == words else np.broadcast_to(counts, (words,))
