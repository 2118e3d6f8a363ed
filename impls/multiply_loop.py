"""Only the words present, each row times its value: ``layer_1 += 1 * weights_0_1[index]``.

The waste removed: every product with a zero. The waste left: with presence every value is 1, and
one times anything is itself; and a Python loop runs over the words of every review.
"""

from __future__ import annotations

from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from .network import Array, OnlineNetwork


class MultiplyLoop(OnlineNetwork):
    """A loop over the words of a review that multiplies each row by its value."""

    accepts_counts = True

    def sum_rows(self, words: NDArray[np.int32], counts: Array | None) -> Array:
        weights_0_1, values = self.weights_0_1, repeat(1) if counts is None else counts
        layer_1 = np.zeros(weights_0_1.shape[1], weights_0_1.dtype)
        for index, value in zip(words.tolist(), values, strict=False):
            layer_1 += value * weights_0_1[index]
        return layer_1

    def update_rows(self, words: NDArray[np.int32], counts: Array | None, step: Array) -> None:
        weights_0_1, values = self.weights_0_1, repeat(1) if counts is None else counts
        for index, value in zip(words.tolist(), values, strict=False):
            weights_0_1[index] -= value * step
