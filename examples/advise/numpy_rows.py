"""numpy alone: the rows of the words present are summed, and only they change.

With words a list of arrays of word ids, one for each review, y the labels, 0 or 1 in float32::

    weights_0_1 = np.zeros((vocabulary_size, 64), np.float32)
    weights_1_2 = np.random.default_rng(1).normal(size=64).astype(np.float32)
    for epoch in range(3):
        for start in range(0, len(words), 256):
            batch = slice(start, start + 256)
            train_batch(weights_0_1, weights_1_2, words[batch], None, y[batch], 0.1)
    outputs = sigmoid(layer_1_of(weights_0_1, words, None) @ weights_1_2)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def layer_1_of(weights_0_1: Array, words: Sequence[Array], values: Sequence[Array] | None) -> Array:
    """Sum the rows of the words of each review: (n, hidden).

    Args:
        weights_0_1: (vocabulary, hidden).
        words: of each review its word ids, each once.
        values: of each review the values of its words, in the dtype of the weights; None where
            all are 1.
    """
    layer_1 = np.empty((len(words), weights_0_1.shape[1]), weights_0_1.dtype)
    for review, present in enumerate(words):
        if values is None:
            np.add.reduce(weights_0_1[present], axis=0, out=layer_1[review])
        else:
            np.matmul(values[review], weights_0_1[present], out=layer_1[review])
    return layer_1


def sigmoid(x: Array) -> Array:
    with np.errstate(over="ignore"):  # exp may be infinite: the result is 0 then, which is right
        return 1 / (1 + np.exp(-x))


def train_batch(
    weights_0_1: Array,
    weights_1_2: Array,
    words: Sequence[Array],
    values: Sequence[Array] | None,
    labels: Array,
    learning_rate: float,
) -> Array:
    """Update both arrays of weights from one batch, and return the outputs (n,) before it."""
    layer_1 = layer_1_of(weights_0_1, words, values)
    layer_2 = sigmoid(layer_1 @ weights_1_2)
    delta_2 = (layer_2 - labels) * layer_2 * (1 - layer_2)
    step_1_2 = learning_rate / len(labels) * delta_2
    step_0_1 = np.outer(step_1_2, weights_1_2)
    weights_1_2 -= step_1_2 @ layer_1
    for review, present in enumerate(words):
        if values is None:
            weights_0_1[present] -= step_0_1[review]
        else:
            weights_0_1[present] -= np.outer(values[review], step_0_1[review])
    return layer_2


# ---- The same as a network of skipzeros, which certifies and times it ----

from collections.abc import Iterator

from skipzeros import Network, Reviews


class NumpyRows(Network):
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
        return list(self._batches(reviews))

    def _batches(self, reviews: Reviews) -> Iterator[tuple[Any, Any, Array]]:
        dtype = self.weights_0_1.dtype
        for start in range(0, len(reviews), self.batch_size):
            batch = reviews[start : start + self.batch_size]
            cuts, counts = batch.indptr[1:-1], batch.counts_as(dtype)
            values = None if counts is None else np.split(counts, cuts)
            yield np.split(batch.indices, cuts), values, batch.labels.astype(dtype)

    def train(self, prepared: Any) -> Array:
        return self._together(
            train_batch(
                self.weights_0_1, self.weights_1_2, words, values, labels, self.learning_rate
            )
            for words, values, labels in prepared
        )

    def predict(self, prepared: Any) -> Array:
        return self._together(
            sigmoid(layer_1_of(self.weights_0_1, words, values) @ self.weights_1_2)
            for words, values, _ in prepared
        )

    def _together(self, outputs: Iterator[Array]) -> Array:
        return np.concatenate([np.empty(0, self.weights_0_1.dtype), *outputs])
