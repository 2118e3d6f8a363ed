"""Only the words present, and no product: ``layer_1 += weights_0_1[index]``.

The waste removed: one times anything. No multiplication is left between the input and the hidden
layer, so the network knows presence only. The waste left: a Python loop runs over the words of
every review.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .network import Array, OnlineNetwork


class SumLoop(OnlineNetwork):
    """A loop over the words of a review that adds up their rows."""

    def sum_rows(self, words: NDArray[np.int32], counts: Array | None) -> Array:
        weights_0_1 = self.weights_0_1
        layer_1 = np.zeros(weights_0_1.shape[1], weights_0_1.dtype)
        for index in words.tolist():
            layer_1 += weights_0_1[index]
        return layer_1

    def update_rows(self, words: NDArray[np.int32], counts: Array | None, step: Array) -> None:
        weights_0_1 = self.weights_0_1
        for index in words.tolist():
            weights_0_1[index] -= step
