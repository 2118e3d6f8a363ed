"""The data: reviews as the ids of their words, in compressed sparse row (CSR) form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Reviews:
    """A sequence of labelled reviews, immutable.

    Review ``i`` holds the words ``indices[indptr[i]:indptr[i + 1]]``, each once.

    Attributes:
        indptr: (n + 1,) int64, where each review starts and the last one ends.
        indices: (nnz,) int32, word ids, distinct within a review.
        counts: (nnz,) float64, how often each word occurs; None for presence (every value is 1).
        labels: (n,) float64, 1 for a positive review and 0 for a negative one.
        vocabulary_size: the number of words there are; ids are below it.

    Raises:
        ValueError: the arrays contradict each other; the message names the review.

    Example:
        >>> reviews = Reviews.from_lists([[0, 2], [1]], labels=[1, 0], vocabulary_size=3)
        >>> len(reviews), reviews[:1].indices.tolist()
        (2, [0, 2])
    """

    __slots__ = ("counts", "indices", "indptr", "labels", "vocabulary_size")

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    counts: NDArray[np.float64] | None
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
        values = (
            _whole_numbers(indptr, "indptr"),
            _whole_numbers(indices, "indices"),
            None if counts is None else np.asarray(counts, dtype=np.float64),
            np.asarray(labels, dtype=np.float64),
            int(vocabulary_size),
        )
        _validate(*values)
        self._set(values[0], values[1].astype(np.int32, copy=False), *values[2:])

    def _set(
        self,
        indptr: NDArray[np.int64],
        indices: NDArray[np.int32],
        counts: NDArray[np.float64] | None,
        labels: NDArray[np.float64],
        vocabulary_size: int,
    ) -> None:
        for name, value in (
            ("indptr", _read_only(indptr)),
            ("indices", _read_only(indices)),
            ("counts", None if counts is None else _read_only(counts)),
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
        fields = self.indptr, self.indices, self.counts, self.labels, self.vocabulary_size
        return Reviews.trusted, fields

    @classmethod
    def trusted(
        cls,
        indptr: NDArray[np.int64],
        indices: NDArray[np.int32],
        counts: NDArray[np.float64] | None,
        labels: NDArray[np.float64],
        vocabulary_size: int,
    ) -> Reviews:
        """Take arrays that are known to be right: they are neither checked nor converted."""
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
        return self.trusted(
            self.indptr[start : stop + 1] - first,
            self.indices[first:last],
            None if self.counts is None else self.counts[first:last],
            self.labels[start:stop],
            self.vocabulary_size,
        )

    def __iter__(self) -> Iterator[tuple[NDArray[np.int32], NDArray[np.float64] | None, float]]:
        """Yield ``(words, counts, label)``; counts is None for presence."""
        bounds = self.indptr.tolist()
        for start, stop, label in zip(bounds, bounds[1:], self.labels.tolist(), strict=False):
            counts = None if self.counts is None else self.counts[start:stop]
            yield self.indices[start:stop], counts, label

    def __repr__(self) -> str:
        values = "presence" if self.counts is None else "counts"
        return f"<Reviews: {len(self)} of {self.vocabulary_size} words, {values}>"

    def presence(self) -> Reviews:
        """Return the same reviews with every value 1, however often a word occurs."""
        return self.trusted(self.indptr, self.indices, None, self.labels, self.vocabulary_size)


def _flat(rows: Sequence[Sequence[Any]], dtype: Any) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype), *(np.asarray(row, dtype) for row in rows)])


def _whole_numbers(values: ArrayLike, name: str) -> NDArray[np.int64]:
    array = np.asarray(values)
    if array.size and not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{name} must hold whole numbers, not {array.dtype}")
    return array.astype(np.int64, copy=False)


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    # A view, because the caller's own array must stay writable; a plain one, because slices of a
    # mapped one take longer.
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view


def _validate(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int64],
    counts: NDArray[np.float64] | None,
    labels: NDArray[np.float64],
    vocabulary_size: int,
) -> None:
    if labels.ndim != 1 or indptr.shape != (len(labels) + 1,):
        raise ValueError(
            f"indptr must be one longer than labels: shapes {indptr.shape} and {labels.shape}"
        )
    if indices.ndim != 1 or indptr[0] != 0 or indptr[-1] != len(indices):
        raise ValueError(f"indptr must run from 0 to the number of indices, {len(indices)}")
    lengths = np.diff(indptr)
    _refuse(lengths < 0, "ends before it starts: indptr must not decrease")
    _refuse((labels != 0) & (labels != 1), "has a label that is neither 0 nor 1")
    if not 1 <= vocabulary_size <= np.iinfo(np.int32).max:
        raise ValueError(f"vocabulary_size must be between 1 and 2**31 - 1, not {vocabulary_size}")
    review = np.repeat(np.arange(len(labels)), lengths)
    outside = (indices < 0) | (indices >= vocabulary_size)
    _refuse(outside, f"has a word id outside 0 to {vocabulary_size - 1}", review)
    # One sort of (review, word) pairs; a repeated word makes two equal neighbours.
    pairs = np.sort(review * vocabulary_size + indices)
    repeated = pairs[1:] == pairs[:-1]
    _refuse(repeated, "holds a word twice; count it instead", pairs[1:] // vocabulary_size)
    if counts is not None:
        if counts.shape != indices.shape:
            raise ValueError(f"{counts.size} counts for {indices.size} words")
        _refuse(~np.isfinite(counts), "has a count that is not finite", review)


def _refuse(wrong: NDArray[np.bool_], what: str, review: NDArray[np.int64] | None = None) -> None:
    if wrong.any():
        first = int(wrong.argmax())
        raise ValueError(f"review {first if review is None else review[first]} {what}")
