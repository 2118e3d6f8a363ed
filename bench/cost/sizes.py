"""The same reviews and scenario with one size changed, for `--vary NAME=VALUE,VALUE,…`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...impls.reviews import Reviews
from ..networks.scenario import Scenario
from ..outcomes import BadInput

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
        """Yield each value with its reviews and scenario.

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
    lengths = np.diff(reviews.indptr)
    place = np.arange(len(reviews.indices)) - np.repeat(reviews.indptr[:-1], lengths)
    return _replaced(reviews, reviews.indices, place < most, reviews.vocabulary_size)


def with_vocabulary(reviews: Reviews, size: int) -> Reviews:
    """Move reviews into a vocabulary of another size, with as many words present as before.

    A larger vocabulary has words that never occur. In a smaller one the ids are taken modulo its
    size. Where two words of a review get the same id, one of them becomes another word that the
    review doesn't have yet. A review loses words only if it has more than the vocabulary.
    """
    if size >= reviews.vocabulary_size:
        return _replaced(reviews, reviews.indices, np.ones(len(reviews.indices), bool), size)
    indices, present = reviews.indices % size, np.ones(len(reviews.indices), bool)
    for start, stop in pairwise(reviews.indptr.tolist()):
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
    return _replaced(reviews, indices, present, size)


def _replaced(
    reviews: Reviews, indices: NDArray[np.int32], present: NDArray[np.bool_], size: int
) -> Reviews:
    return Reviews(
        np.append(0, np.cumsum(present))[reviews.indptr],
        indices[present],
        None if reviews.counts is None else reviews.counts[present],
        reviews.labels,
        size,
    )
