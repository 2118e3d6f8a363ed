"""The same reviews and scenario with one size changed, for `--vary NAME=VALUE,VALUE,…`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...impls.reviews import Reviews
from ..networks.scenario import Scenario
from ..outcomes import BadInput

# The words of some reviews, and which of them stay.
Cut = tuple[NDArray[np.int32], NDArray[np.bool_]]

SIZES = ("hidden", "vocabulary", "words", "reviews", "batch-size", "threads")


@dataclass(frozen=True)
class Vary:
    """What is varied, and the values that it takes, ascending."""

    name: str
    values: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> Vary:
        """Read what is varied from a text such as `hidden=10,32,100`.

        Raises:
            BadInput: there is no such size, or its values aren't two or more whole numbers.
        """
        name, _, values = text.partition("=")
        if name not in SIZES:
            raise BadInput(f"{text!r}: what can vary is {', '.join(SIZES)}, as in hidden=10,100")
        try:
            found = sorted({int(value) for value in values.split(",")})
        except ValueError:
            found = []
        if len(found) < 2 or found[0] < 1 or found[-1] >= 2**31:
            raise BadInput(
                f"{text!r}: give two or more different whole numbers from 1, as in {name}=10,100"
            )
        return cls(name, tuple(found))

    def cases(
        self, reviews: Reviews, scenario: Scenario, all_reviews: Reviews
    ) -> Iterator[tuple[int, Reviews, Scenario]]:
        """Return an iterator over the values, each with its reviews and scenario.

        The reviews of a value are made when it is reached.

        Args:
            reviews: those of a run that varies nothing.
            all_reviews: all that there are, from which a varied number of reviews is taken.

        Raises:
            BadInput: a value asks for more reviews than there are.
        """
        if self.name == "reviews" and self.values[-1] > len(all_reviews):
            raise BadInput(
                f"vary reviews={self.values[-1]}: there are only {len(all_reviews):,} training "
                "reviews; name no more than that"
            )
        return self._cases(reviews, scenario, all_reviews)

    def _cases(
        self, reviews: Reviews, scenario: Scenario, all_reviews: Reviews
    ) -> Iterator[tuple[int, Reviews, Scenario]]:
        for value in self.values:
            if self.name == "hidden":
                yield value, reviews, replace(scenario, hidden=value)
            elif self.name == "batch-size":
                yield value, reviews, replace(scenario, batch_size=value)
            elif self.name == "threads":
                yield value, reviews, replace(scenario, threads=value)
            elif self.name == "reviews":
                yield value, all_reviews[:value], scenario
            elif self.name == "words":
                yield value, with_words(reviews, value), scenario
            else:
                yield value, with_vocabulary(reviews, value), scenario


def with_words(reviews: Reviews, most: int) -> Reviews:
    """Keep only the first `most` words of each review."""

    def shortened(part: Reviews) -> Cut:
        lengths = np.diff(part.indptr)
        place = np.arange(len(part.indices)) - np.repeat(part.indptr[:-1], lengths)
        return part.indices, place < most

    return _replaced(reviews, shortened, reviews.vocabulary_size)


def with_vocabulary(reviews: Reviews, size: int) -> Reviews:
    """Move reviews into a vocabulary of another size, with as many words present as before.

    A larger vocabulary has words that never occur. In a smaller one the ids are taken modulo its
    size. Where two words of a review get the same id, one of them becomes another word that the
    review doesn't have yet. A review loses words only if it has more than the vocabulary.
    """
    if size >= reviews.vocabulary_size:
        arrays = reviews.indptr, reviews.indices, reviews.stored_counts, reviews.labels
        return Reviews.trusted(*arrays, size)
    return _replaced(reviews, partial(_moved, size), size)


def _moved(size: int, part: Reviews) -> Cut:
    indices, present = part.indices % size, np.ones(len(part.indices), bool)
    for start, stop in pairwise(part.indptr.tolist()):
        present[start + size : stop] = False
        words = indices[start : min(stop, start + size)]
        _, first = np.unique(words, return_index=True)
        again = np.ones(len(words), bool)
        again[first] = False
        if again.any():
            free = np.ones(size, bool)
            free[words] = False
            others = np.flatnonzero(free)
            # Spread, so that their rows don't lie side by side in a cache.
            words[again] = others[np.arange(again.sum()) * len(others) // again.sum()]
    return indices, present


def _replaced(reviews: Reviews, change: Callable[[Reviews], Cut], size: int) -> Reviews:
    """Change the words of reviews block by block; the reviews that come of it are in memory."""
    stored = reviews.stored_counts
    lengths, indices = [np.zeros(1, np.int64)], [np.empty(0, np.int32)]
    counts = [] if stored is None else [stored[:0]]
    for part in reviews.blocks():
        words, present = change(part)
        ends = np.append(0, np.cumsum(present))[part.indptr]
        lengths.append(np.diff(ends))
        indices.append(words[present])
        if part.stored_counts is not None:
            counts.append(part.stored_counts[present])
    return Reviews(
        np.cumsum(np.concatenate(lengths)),
        np.concatenate(indices),
        np.concatenate(counts) if counts else None,
        reviews.labels,
        size,
    )
