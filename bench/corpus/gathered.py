"""Reviews that are gathered a few at a time, and those made from others a block at a time."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...impls.reviews import BLOCK_WORDS, Reviews
from .growing import Growing


class Gathered:
    """Reviews that come a few at a time, with counts; only their labels come last.

    As a context it leaves no file behind where an error or an interrupt ends it.
    """

    def __init__(self) -> None:
        self._total = 0
        counts = Growing(np.float64, narrow=True)
        self._arrays = Growing(np.int64), Growing(np.int32), counts
        self._arrays[0].append(np.zeros(1, np.int64))

    def add(self, lengths: NDArray[Any], words: NDArray[Any], counts: NDArray[Any]) -> None:
        """Add some reviews.

        Args:
            lengths: (n,) how many words each of them has.
            words: (sum of lengths,) the ids of these, distinct within a review.
            counts: likewise, how often each occurs.

        Raises:
            OSError: they can't be written.
        """
        ends = self._total + np.cumsum(lengths, dtype=np.int64)
        self._total += len(words)
        for array, part in zip(self._arrays, (ends, words, counts), strict=True):
            array.append(part)

    def reviews(self, labels: ArrayLike, vocabulary_size: int) -> Reviews:
        """Return them all; nothing can be added any more.

        Args:
            labels: (n,) of 0 and 1.

        Raises:
            OSError: they can't be written.
        """
        # If there is no room, that is told before one of them is mapped.
        for array in self._arrays:
            array.flush()
        # Trusted, because words that were counted are distinct; to look for a fault took a fifth of
        # the time of reading IMDB.
        indptr, indices, counts = (array.finish() for array in self._arrays)
        return Reviews.trusted(
            indptr, indices, counts, np.asarray(labels, np.float64), vocabulary_size
        )

    def __enter__(self) -> Gathered:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for array in self._arrays:
            array.discard()


def taken(reviews: Reviews, order: NDArray[np.int64]) -> Reviews:
    """Return the reviews of these numbers, in this order.

    Raises:
        OSError: they can't be written.
    """
    lengths = np.diff(reviews.indptr)[order]
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    assert reviews.stored_counts is not None
    with Gathered() as gathered:
        start = 0
        while start < len(order):
            fit = np.searchsorted(indptr, indptr[start] + BLOCK_WORDS, "right") - 1
            stop = max(start + 1, int(fit))
            some = lengths[start:stop]
            # Where each word of the new order was before.
            places = np.arange(indptr[start], indptr[stop])
            places += np.repeat(reviews.indptr[order[start:stop]] - indptr[start:stop], some)
            gathered.add(some, reviews.indices[places], reviews.stored_counts[places])
            start = stop
        return gathered.reviews(reviews.labels[order], reviews.vocabulary_size)


def renumbered(reviews: Reviews, numbers: NDArray[np.int32], vocabulary_size: int) -> Reviews:
    """Return reviews whose words have other ids, without the words that have none.

    Args:
        numbers: (reviews.vocabulary_size,) the new id of each word; -1 where it has none.

    Raises:
        OSError: they can't be written.
    """
    with Gathered() as gathered:
        for part in reviews.blocks():
            assert part.stored_counts is not None
            words = numbers[part.indices]
            kept = words >= 0
            before = np.concatenate([[0], np.cumsum(kept)])
            gathered.add(np.diff(before[part.indptr]), words[kept], part.stored_counts[kept])
        return gathered.reviews(reviews.labels, vocabulary_size)


def by_first_appearance(reviews: Reviews) -> tuple[NDArray[np.int32], int]:
    """Number words in the order in which they first appear, as for renumbered, and count them."""
    numbers = np.full(reviews.vocabulary_size, -1, np.int32)
    known = 0
    for words in (part.indices for part in reviews.blocks()):
        new, first = np.unique(words[numbers[words] < 0], return_index=True)
        new = new[np.argsort(first)]
        numbers[new] = np.arange(known, known + len(new))
        known += len(new)
    return numbers, known
