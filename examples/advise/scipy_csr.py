"""scipy: layer_0 as a sparse matrix, in compiled code that skips the zeros.

With X a sparse matrix (n, vocabulary) of float32 in CSR form, y its labels, 0 or 1 in float32::

    weights_0_1 = np.zeros((X.shape[1], 64), np.float32)
    weights_1_2 = np.random.default_rng(1).normal(size=64).astype(np.float32)
    parts = [slice(start, start + 256) for start in range(0, X.shape[0], 256)]
    batches = [(X[part], *words_of(X[part]), y[part]) for part in parts]
    for epoch in range(3):
        for batch in batches:
            train_batch(weights_0_1, weights_1_2, *batch, 0.1)
    outputs = sigmoid(X @ weights_0_1 @ weights_1_2)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Array = NDArray[Any]


def sigmoid(x: Array) -> Array:
    with np.errstate(over="ignore"):  # exp may be infinite: the result is 0 then, which is right
        return 1 / (1 + np.exp(-x))


def words_of(layer_0: csr_array) -> tuple[Array, csr_array]:
    """Find the words (m,) that a batch has, and layer_0 transposed without all others: (m, n).

    Do it once for each batch, before the first epoch.
    """
    words, columns = np.unique(layer_0.indices, return_inverse=True)
    shape = layer_0.shape[0], len(words)
    present = csr_array((layer_0.data, columns, layer_0.indptr), shape=shape)
    return words, present.T.tocsr()


def train_batch(
    weights_0_1: Array,
    weights_1_2: Array,
    layer_0: csr_array,
    words: Array,
    present: csr_array,
    labels: Array,
    learning_rate: float,
) -> Array:
    """Update both arrays of weights from one batch, and return the outputs (n,) before it.

    Args:
        weights_0_1: (vocabulary, hidden); changed where it stands, as weights_1_2 (hidden,) is.
        layer_0: (n, vocabulary), in the dtype of the weights.
        words, present: what words_of says of layer_0.
        labels: (n,) 0 or 1.
    """
    layer_1 = layer_0 @ weights_0_1
    layer_2 = sigmoid(layer_1 @ weights_1_2)
    delta_2 = (layer_2 - labels) * layer_2 * (1 - layer_2)
    step_1_2 = learning_rate / len(labels) * delta_2
    step_0_1 = np.outer(step_1_2, weights_1_2)
    weights_1_2 -= step_1_2 @ layer_1
    # Only these rows: the product with the whole of layer_0.T would be as large as the weights.
    weights_0_1[words] -= present @ step_0_1
    return layer_2


# ---- The same as a network of skipzeros, which certifies and times it ----

from collections.abc import Iterator

from skipzeros import Network, Reviews


class ScipyCSR(Network):
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
        dtype, batches = self.weights_0_1.dtype, []
        for start in range(0, len(reviews), self.batch_size):
            batch = reviews[start : start + self.batch_size]
            counts = batch.counts_as(dtype)
            values = np.ones(len(batch.indices), dtype) if counts is None else counts
            shape = len(batch), batch.vocabulary_size
            layer_0 = csr_array((values, batch.indices, batch.indptr), shape=shape)
            batches.append((layer_0, words_of(layer_0), batch.labels.astype(dtype)))
        return batches

    def train(self, prepared: Any) -> Array:
        return self._together(
            train_batch(
                self.weights_0_1,
                self.weights_1_2,
                layer_0,
                words,
                present,
                labels,
                self.learning_rate,
            )
            for layer_0, (words, present), labels in prepared
        )

    def predict(self, prepared: Any) -> Array:
        return self._together(
            sigmoid(layer_0 @ self.weights_0_1 @ self.weights_1_2) for layer_0, *_ in prepared
        )

    def _together(self, outputs: Iterator[Array]) -> Array:
        return np.concatenate([np.empty(0, self.weights_0_1.dtype), *outputs])
