"""`--vary NAME=VALUE,VALUE,…`: the same reviews and scenario with one size changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..impls.reviews import Reviews
from .errors import BadInput
from .scenario import Scenario

SIZES = ("hidden", "vocabulary", "reviews", "batch-size")


@dataclass(frozen=True)
class Vary:
    """What is varied, and the values that it takes, ascending."""

    name: str
    values: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> Vary:
        """`hidden=10,32,100`.

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
        """Each value with its reviews and scenario.

        Args:
            reviews: that a run without --vary would take.
            all_reviews: that there are, for `reviews`.

        Raises:
            BadInput: more reviews than there are.
        """
        if self.name == "reviews" and self.values[-1] > len(all_reviews):
            raise BadInput(
                f"--vary reviews={self.values[-1]}: there are only {len(all_reviews):,} training "
                "reviews; name no more than that"
            )
        for value in self.values:
            if self.name == "hidden":
                yield value, reviews, replace(scenario, hidden=value)
            elif self.name == "batch-size":
                yield value, reviews, replace(scenario, batch_size=value)
            elif self.name == "reviews":
                yield value, all_reviews[:value], scenario
            else:
                yield value, with_vocabulary(reviews, value), scenario


def with_vocabulary(reviews: Reviews, size: int) -> Reviews:
    """The reviews in a vocabulary of another size.

    Of a smaller one they keep the most frequent words, in their old order; a larger one has words
    that never occur. So the first changes how many words are present, and the other doesn't.
    """
    if size >= reviews.vocabulary_size:
        return Reviews.trusted(
            reviews.indptr, reviews.indices, reviews.counts, reviews.labels, size
        )
    frequency = np.bincount(reviews.indices, minlength=reviews.vocabulary_size)
    kept = np.sort(np.argsort(-frequency, kind="stable")[:size])
    number = np.full(reviews.vocabulary_size, -1, np.int32)
    number[kept] = np.arange(size, dtype=np.int32)
    renumbered = number[reviews.indices]
    present = renumbered >= 0
    return Reviews(
        np.append(0, np.cumsum(present))[reviews.indptr],
        renumbered[present],
        None if reviews.counts is None else reviews.counts[present],
        reviews.labels,
        size,
    )
