"""Mistakes that show in certain cases only: where the numbers of reviews lie in memory."""

from __future__ import annotations

import numpy as np
from plain_numpy import Right


def strided(array):
    """View the array as if it were contiguous from its first element."""
    if array.strides[0] <= 0 or not len(array):
        return array
    return np.lib.stride_tricks.as_strided(array, strides=(array.itemsize,), writeable=False)


class IdsStrideOne(Right):
    """The word ids are read through a pointer as if they were contiguous."""

    def prepare(self, reviews):
        indices = strided(reviews.indices)
        return super().prepare(
            type(reviews).trusted(
                reviews.indptr, indices, reviews.counts, reviews.labels, reviews.vocabulary_size
            )
        )


class CountsStrideOne(Right):
    """The counts are read through a pointer as if they were contiguous."""

    def prepare(self, reviews):
        counts = None if reviews.counts is None else strided(reviews.counts)
        return super().prepare(
            type(reviews).trusted(
                reviews.indptr, reviews.indices, counts, reviews.labels, reviews.vocabulary_size
            )
        )


class LabelsStrideOne(Right):
    """The labels are read through a pointer as if they were contiguous."""

    def prepare(self, reviews):
        return super().prepare(
            type(reviews).trusted(
                reviews.indptr,
                reviews.indices,
                reviews.counts,
                strided(reviews.labels),
                reviews.vocabulary_size,
            )
        )
