"""numba: the whole pass as plain loops over the words present, compiled to machine code.

With X a sparse matrix (n, vocabulary) of float32 in CSR form, y its labels, 0 or 1 in float32::

    weights_0_1 = np.zeros((X.shape[1], 64), np.float32)
    weights_1_2 = np.random.default_rng(1).normal(size=64).astype(np.float32)
    weights = weights_0_1, weights_1_2
    reviews = X.indptr, X.indices, X.data, y
    for epoch in range(3):
        run_pass(*weights, *reviews, np.float32(0.1), batch_size=256, training=True)
    outputs = run_pass(*weights, *reviews, np.float32(0.1), batch_size=256, training=False)
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


# Additions may be made in any order: else each would wait for the one before.
@numba.njit(cache=True, fastmath={"reassoc", "contract"}, error_model="numpy")
def run_pass(
    weights_0_1: Array,
    weights_1_2: Array,
    indptr: Array,
    words: Array,
    values: Array,
    labels: Array,
    rate: Any,
    batch_size: int,
    training: bool,
) -> Array:
    """Make one pass over all reviews in their order, and return the outputs (n,) before updates.

    Args:
        weights_0_1: (vocabulary, hidden); changed where it stands, as weights_1_2 (hidden,) is.
        indptr: (n + 1,) where the words of each review start and end.
        words, values: (m,) the word ids of all reviews, and their values; no values where all
            are 1.
        labels: (n,) 0 or 1, in the dtype of the weights.
        rate: the learning rate, a number of that dtype.
        training: False to leave the weights as they are.
    """
    one, hidden = weights_1_2.dtype.type(1), len(weights_1_2)
    outputs, counted = np.empty_like(labels), len(values) > 0
    layer_1 = np.empty((batch_size, hidden), weights_1_2.dtype)
    step_1_2, before = np.empty(batch_size, weights_1_2.dtype), np.empty_like(weights_1_2)
    for first in range(0, len(labels), batch_size):
        last = min(first + batch_size, len(labels))
        for review in range(first, last):
            row = layer_1[review - first]
            row[:] = 0
            for place in range(indptr[review], indptr[review + 1]):
                word, value = words[place], values[place] if counted else one
                for unit in range(hidden):
                    row[unit] += value * weights_0_1[word, unit]
            output = one / (one + math.exp(-(row * weights_1_2).sum()))
            outputs[review] = output
            delta_2 = (output - labels[review]) * output * (one - output)
            step_1_2[review - first] = rate * delta_2 / (last - first)
        if not training:
            continue
        before[:] = weights_1_2
        for review in range(first, last):
            for unit in range(hidden):
                weights_1_2[unit] -= step_1_2[review - first] * layer_1[review - first, unit]
        for review in range(first, last):
            for place in range(indptr[review], indptr[review + 1]):
                word, value = words[place], values[place] if counted else one
                step = value * step_1_2[review - first]
                for unit in range(hidden):
                    weights_0_1[word, unit] -= step * before[unit]
    return outputs


# ---- The same as a network of skipzeros, which certifies and times it ----

from skipzeros import Network, Reviews


class NumbaLoops(Network):
    """The code above."""

    accepts_counts = True
    accepts_batches = True
    dtypes = ("float64", "float32")
    # Network's own can't be set.
    weights_0_1: Any = None
    weights_1_2: Any = None

    def __init__(
        self, weights_0_1: Array, weights_1_2: Array, learning_rate: float, batch_size: int = 1
    ) -> None:
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        self.weights_0_1, self.weights_1_2 = weights_0_1.copy(), weights_1_2.copy()

    def prepare(self, reviews: Reviews) -> Any:
        dtype = self.weights_0_1.dtype
        counts = reviews.counts_as(dtype)
        values = np.empty(0, dtype) if counts is None else counts
        return reviews.indptr, reviews.indices, values, reviews.labels.astype(dtype)

    def train(self, prepared: Any) -> Array:
        return self._run(prepared, training=True)

    def predict(self, prepared: Any) -> Array:
        return self._run(prepared, training=False)

    def _run(self, prepared: Any, training: bool) -> Array:
        rate, weights = self.learning_rate, (self.weights_0_1, self.weights_1_2)
        outputs: Array = run_pass(
            *weights, *prepared, self.weights_1_2.dtype.type(rate), self.batch_size, training
        )
        return outputs
