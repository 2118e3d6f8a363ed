"""What the data are like, as far as it decides which implementation is fast."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...impls.reviews import Reviews
from ..arrays.counts import ones

COMMONEST = 0.01


@dataclass(frozen=True)
class Portrait:
    """What a first layer meets.

    Attributes:
        reviews, vocabulary_size: how many there are.
        words_a_review: the mean.
        density: which share of layer_0 is not zero.
        commonest_share: which share of all words present belong to the commonest 1 % of the
            vocabulary, and so of the rows that a pass moves.
        share_of_ones: which share of the values are 1.
    """

    reviews: int
    vocabulary_size: int
    words_a_review: float
    density: float
    commonest_share: float
    share_of_ones: float

    @classmethod
    def of(cls, reviews: Reviews) -> Portrait:
        """Describe reviews, block by block."""
        size, words, counts = reviews.vocabulary_size, len(reviews.indices), reviews.stored_counts
        occur = np.zeros(size, np.int64)
        for part in reviews.blocks():
            occur += np.bincount(part.indices, minlength=size)
        commonest = math.ceil(COMMONEST * size)
        most = np.partition(occur, size - commonest)[size - commonest :].sum()
        return cls(
            reviews=len(reviews),
            vocabulary_size=size,
            words_a_review=words / len(reviews),
            density=words / (len(reviews) * size),
            commonest_share=float(most / max(1, words)),
            share_of_ones=1.0 if counts is None else ones(counts) / max(1, words),
        )
