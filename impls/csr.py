"""layer_0 as a scipy.sparse row: ``layer_0 @ weights_0_1`` in compiled code that skips zeros.

The waste removed: the rows are summed where they stand, without a copy, and counts cost nothing
extra. The waste left: scipy multiplies by the ones and checks its arguments at every product, and
a Python loop runs over the reviews (or over the batches: larger ones share those costs).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array

from .network import Array, PlainNetwork, sigmoid
from .reviews import Reviews
from .steps import EPSILON, OUTPUTS, SLOPES, descend, shares


class CSR(PlainNetwork):
    """One sparse matrix a batch, of one row a review."""

    accepts_counts = True
    accepts_batches = True
    definitions = ("lesson", *SLOPES)

    def prepare(self, reviews: Reviews) -> Any:
        dtype = self.weights_0_1.dtype
        batches = []
        for start in range(0, len(reviews), self.batch_size):
            batch = reviews[start : start + self.batch_size]
            counts = batch.counts_as(dtype)
            values = np.ones(len(batch.indices), dtype) if counts is None else counts
            layer_0 = csr_array(
                (values, batch.indices, batch.indptr), shape=(len(batch), batch.vocabulary_size)
            )
            # The update touches the rows of the batch's words only, so it needs those columns only.
            words, columns = np.unique(batch.indices, return_inverse=True)
            words_present = csr_array(
                (values, columns, batch.indptr), shape=(len(batch), len(words))
            )
            batches.append((layer_0, words, words_present.T.tocsr(), batch.labels.astype(dtype)))
        return batches

    @np.errstate(over="ignore")
    def train(self, prepared: Any) -> Array:
        if self.definition in SLOPES:
            return self._train_otherwise(prepared)
        outputs = [np.empty(0, self.weights_0_1.dtype)]
        for layer_0, words, words_present, labels in prepared:
            layer_1 = layer_0 @ self.weights_0_1
            layer_2 = sigmoid(layer_1 @ self.weights_1_2)
            outputs.append(layer_2)
            delta_2 = (layer_2 - labels) * layer_2 * (1 - layer_2)
            step_1_2 = self.learning_rate * delta_2 / len(labels)
            step_0_1 = np.outer(step_1_2, self.weights_1_2)
            self.weights_1_2 -= step_1_2 @ layer_1
            self.weights_0_1[words] -= words_present @ step_0_1
        return np.concatenate(outputs)

    def _train_otherwise(self, prepared: Any) -> Array:
        """Train as another definition than the lesson's says, which steps.py has."""
        outputs, state = [np.empty(0, self.weights_0_1.dtype)], self.state()
        rate, adagrad = self.learning_rate, self.definition.endswith("adagrad")
        for layer_0, words, words_present, labels in prepared:
            sums, share = self._combined(layer_0)
            slopes = SLOPES[self.definition](sums, labels, state)
            descend(state, slopes.others, rate, adagrad)
            of_rows = words_present @ (slopes.sums * share)
            if adagrad:
                squares = state["squares_weights_0_1"]
                squares[words] += of_rows * of_rows
                of_rows /= np.sqrt(squares[words]) + EPSILON
            self.weights_0_1[words] -= rate * of_rows
            outputs.append(slopes.outputs)
        return np.concatenate(outputs)

    def _combined(self, layer_0: Any) -> tuple[Array, Array]:
        """Combine the rows of each review, and return what share each row has in that."""
        share = shares(self.definition, layer_0.sum(axis=1), self.weights_0_1.dtype)
        return (layer_0 @ self.weights_0_1) * share, share

    @np.errstate(over="ignore")
    def predict(self, prepared: Any) -> Array:
        outputs = [np.empty(0, self.weights_0_1.dtype)]
        for layer_0, _, _, _ in prepared:
            if self.definition in OUTPUTS:
                sums, _ = self._combined(layer_0)
                outputs.append(OUTPUTS[self.definition](sums, self.state()))
            else:
                outputs.append(sigmoid(layer_0 @ self.weights_0_1 @ self.weights_1_2))
        return np.concatenate(outputs)
