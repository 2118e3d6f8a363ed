"""The data: reviews as the ids of their words, in compressed sparse row (CSR) form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Words of a block of reviews: eight numbers of 64 bits for each of them take 64 MB.
BLOCK_WORDS = 1 << 20


class Reviews:
    """A sequence of labelled reviews, immutable.

    Review ``i`` holds the words ``indices[indptr[i]:indptr[i + 1]]``, each once. The arrays may be
    mapped from files that are larger than memory; ``counts`` alone may be a copy, see counts_as.

    Attributes:
        indptr: (n + 1,) int64, where each review starts and the last one ends.
        indices: (nnz,) int32, word ids, distinct within a review.
        counts: (nnz,) float64, how often each word occurs; None for presence (every value is 1).
        stored_counts: (nnz,) the same numbers in the type in which they are stored.
        labels: (n,) float64, 1 for a positive review and 0 for a negative one.
        vocabulary_size: the number of words there are; ids are below it.

    Raises:
        ValueError: the arrays contradict each other; the message names the review.

    Example:
        >>> reviews = Reviews.from_lists([[0, 2], [1]], labels=[1, 0], vocabulary_size=3)
        >>> len(reviews), reviews[:1].indices.tolist()
        (2, [0, 2])
    """

    __slots__ = ("indices", "indptr", "labels", "stored_counts", "vocabulary_size")

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    stored_counts: NDArray[Any] | None
    labels: NDArray[np.float64]
    vocabulary_size: int

    def __init__(
        self,
        indptr: ArrayLike,
        indices: ArrayLike,
        counts: ArrayLike | None,
        labels: ArrayLike,
        vocabulary_size: int,
    ) -> None:
        starts = _whole_numbers(indptr, "indptr").astype(np.int64, copy=False)
        words = _whole_numbers(indices, "indices")
        values = None if counts is None else _numbers(counts)
        marks, size = np.asarray(labels, dtype=np.float64), int(vocabulary_size)
        _validate(starts, words, values, marks, size)
        self._set(starts, words.astype(np.int32, copy=False), values, marks, size)

    def _set(
        self,
        indptr: NDArray[np.int64],
        indices: NDArray[np.int32],
        counts: NDArray[Any] | None,
        labels: NDArray[np.float64],
        vocabulary_size: int,
    ) -> None:
        for name, value in (
            ("indptr", _read_only(indptr)),
            ("indices", _read_only(indices)),
            ("stored_counts", None if counts is None else _read_only(counts)),
            ("labels", _read_only(labels)),
            ("vocabulary_size", vocabulary_size),
        ):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"Reviews are immutable: {name} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"Reviews are immutable: {name} cannot be deleted")

    def __reduce__(self) -> tuple[object, ...]:
        # Copies are made of this; without it they would be set name by name.
        arrays = self.indptr, self.indices, self.stored_counts, self.labels
        return Reviews.trusted, (*arrays, self.vocabulary_size)

    @classmethod
    def trusted(
        cls,
        indptr: NDArray[np.int64],
        indices: NDArray[np.int32],
        counts: NDArray[Any] | None,
        labels: NDArray[np.float64],
        vocabulary_size: int,
    ) -> Reviews:
        """Take arrays that are known to be right: they are neither checked nor converted.

        Args:
            counts: of any type of numbers.
        """
        reviews = object.__new__(cls)
        reviews._set(indptr, indices, counts, labels, vocabulary_size)
        return reviews

    @classmethod
    def from_lists(
        cls,
        words: Sequence[Sequence[int]],
        labels: Sequence[float],
        vocabulary_size: int,
        counts: Sequence[Sequence[float]] | None = None,
    ) -> Reviews:
        """Make reviews from one list of word ids for each review, and one of counts if given.

        Raises:
            ValueError: as in the constructor, or a review has more or fewer counts than words.
        """
        lengths = [len(review) for review in words]
        if counts is not None and [len(review) for review in counts] != lengths:
            raise ValueError("counts must hold one number for each word of each review")
        return cls(
            indptr=np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]),
            indices=_flat(words, np.int64),
            counts=None if counts is None else _flat(counts, np.float64),
            labels=labels,
            vocabulary_size=vocabulary_size,
        )

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, part: slice) -> Reviews:
        """Return the reviews ``a:b`` as a view: no word id is copied.

        Raises:
            TypeError: part is no slice.
            ValueError: the slice has a step other than 1.
        """
        if not isinstance(part, slice):
            raise TypeError("reviews are cut by slices, reviews[a:b]; for single ones, iterate")
        start, stop, step = part.indices(len(self))
        if step != 1:
            raise ValueError("reviews are cut into runs of neighbours: the step must be 1")
        stop = max(start, stop)
        first, last = self.indptr[start], self.indptr[stop]
        indptr = self.indptr[start : stop + 1]
        return self.trusted(
            indptr - first if first else indptr,
            self.indices[first:last],
            None if self.stored_counts is None else self.stored_counts[first:last],
            self.labels[start:stop],
            self.vocabulary_size,
        )

    def __iter__(self) -> Iterator[tuple[NDArray[np.int32], NDArray[np.float64] | None, float]]:
        """Yield ``(words, counts, label)``; counts is None for presence."""
        for part in self.blocks():
            bounds, counts = part.indptr.tolist(), part.counts
            for start, stop, label in zip(bounds, bounds[1:], part.labels.tolist(), strict=False):
                words = part.indices[start:stop]
                yield words, None if counts is None else counts[start:stop], label

    def __repr__(self) -> str:
        values = "presence" if self.stored_counts is None else "counts"
        return f"<Reviews: {len(self)} of {self.vocabulary_size} words, {values}>"

    @property
    def counts(self) -> NDArray[np.float64] | None:
        """(nnz,) how often each word occurs; None for presence. Where they are stored in another
        type it is a new array at each call, 8 bytes a word: for much data ask slices for it."""
        stored = self.stored_counts
        if stored is None or stored.dtype == np.float64:
            return stored
        return _read_only(stored.astype(np.float64))

    def counts_as(self, dtype: Any) -> NDArray[Any] | None:
        """Return the counts (nnz,) in a dtype as a new array, made in one step; None for presence.

        Example:
            >>> Reviews.from_lists([[0, 2]], [1], 3, counts=[[4, 1]]).counts_as("float32")
            array([4., 1.], dtype=float32)
        """
        return None if self.stored_counts is None else self.stored_counts.astype(dtype)

    def blocks(self, words: int = BLOCK_WORDS) -> Iterator[Reviews]:
        """Yield all reviews in their order as views, as many at a time as have so many words.

        What is done for each block takes little memory, however many reviews there are. A review
        with more words is a block of its own.
        """
        start = 0
        while start < len(self):
            # Reviews without words count as well, or a block of those could be of any length.
            stop = min(start + words, len(self))
            if self.indptr[stop] - self.indptr[start] > words:
                most = self.indptr[start] + words
                fit = np.searchsorted(self.indptr[start : stop + 1], most, side="right") - 1
                stop = start + max(1, int(fit))
            yield self if stop - start == len(self) else self[start:stop]
            start = stop

    def presence(self) -> Reviews:
        """Return the same reviews with every value 1, however often a word occurs."""
        return self.trusted(self.indptr, self.indices, None, self.labels, self.vocabulary_size)


def _flat(rows: Sequence[Sequence[Any]], dtype: Any) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype), *(np.asarray(row, dtype) for row in rows)])


def _whole_numbers(values: ArrayLike, name: str) -> NDArray[Any]:
    array = np.asarray(values)
    if array.size and not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{name} must hold whole numbers, not {array.dtype}")
    return array


def _numbers(values: ArrayLike) -> NDArray[Any]:
    """Return counts as they are if float64 holds each number of their type, else as float64."""
    array = np.asarray(values)
    narrow = array.dtype != bool and np.can_cast(array.dtype, np.float64)
    return array if narrow and array.dtype.itemsize < 8 else array.astype(np.float64, copy=False)


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    # A view, because the caller's own array must stay writable; a plain one, because slices of a
    # mapped one take longer.
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view


def _validate(
    indptr: NDArray[np.int64],
    indices: NDArray[Any],
    counts: NDArray[Any] | None,
    labels: NDArray[np.float64],
    vocabulary_size: int,
) -> None:
    if labels.ndim != 1 or indptr.shape != (len(labels) + 1,):
        raise ValueError(
            f"indptr must be one longer than labels: shapes {indptr.shape} and {labels.shape}"
        )
    if indices.ndim != 1 or indptr[0] != 0 or indptr[-1] != len(indices):
        raise ValueError(f"indptr must run from 0 to the number of indices, {len(indices)}")
    _refuse(np.diff(indptr) < 0, "ends before it starts: indptr must not decrease")
    _refuse((labels != 0) & (labels != 1), "has a label that is neither 0 nor 1")
    if not 1 <= vocabulary_size <= np.iinfo(np.int32).max:
        raise ValueError(f"vocabulary_size must be between 1 and 2**31 - 1, not {vocabulary_size}")
    if counts is not None and counts.shape != indices.shape:
        raise ValueError(f"{counts.size} counts for {indices.size} words")
    first = 0
    for part in Reviews.trusted(indptr, indices, counts, labels, vocabulary_size).blocks():
        _validate_words(part, first)
        first += len(part)


def _validate_words(part: Reviews, first: int) -> None:
    """Look at the words and counts of some reviews, of which this is the number of the first."""
    indices, size = part.indices.astype(np.int64, copy=False), part.vocabulary_size
    review = np.repeat(np.arange(first, first + len(part)), np.diff(part.indptr))
    outside = (indices < 0) | (indices >= size)
    _refuse(outside, f"has a word id outside 0 to {size - 1}", review)
    # One sort of (review, word) pairs; a repeated word makes two equal neighbours.
    pairs = np.sort(review * size + indices)
    repeated = pairs[1:] == pairs[:-1]
    _refuse(repeated, "holds a word twice; count it instead", pairs[1:] // size)
    if part.stored_counts is not None:
        infinite = ~np.isfinite(part.stored_counts)
        _refuse(infinite, "has a count that is not finite", review)


def _refuse(wrong: NDArray[np.bool_], what: str, review: NDArray[np.int64] | None = None) -> None:
    if wrong.any():
        first = int(wrong.argmax())
        raise ValueError(f"review {first if review is None else review[first]} {what}")
