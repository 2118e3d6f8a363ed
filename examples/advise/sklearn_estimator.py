"""scikit-learn: an estimator that takes what CountVectorizer makes, a batch at a time.

MLPClassifier takes sparse matrices too; it is another network, with biases and the log loss. With
X a sparse matrix (n, vocabulary) of float32 in CSR form, y its labels, 0 or 1 in float32::

    model = SparseFirstLayer(hidden=64, learning_rate=0.1)
    for epoch in range(3):
        for start in range(0, X.shape[0], 256):
            model.partial_fit(X[start : start + 256], y[start : start + 256])
    outputs = model.predict_proba(X)[:, 1]
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.extmath import safe_sparse_dot

Array = NDArray[Any]


class SparseFirstLayer(ClassifierMixin, BaseEstimator):
    """A hidden layer without activation and one sigmoid output, trained by batches.

    Attributes:
        weights_0_1_: (vocabulary, hidden).
        weights_1_2_: (hidden,).
        classes_: 0 and 1.
    """

    def __init__(self, hidden: int = 10, learning_rate: float = 0.1, random_state: int = 1) -> None:
        self.hidden, self.learning_rate, self.random_state = hidden, learning_rate, random_state

    def partial_fit(self, X: csr_array, y: Array, classes: Any = None) -> SparseFirstLayer:
        """Make one update from a batch X (n, vocabulary), in the dtype of the weights."""
        if not hasattr(self, "weights_0_1_"):
            random = np.random.RandomState(self.random_state)
            self.weights_0_1_ = np.zeros((X.shape[1], self.hidden), X.dtype)
            self.weights_1_2_ = random.normal(0, 1, self.hidden).astype(X.dtype)
            self.classes_ = np.array([0, 1])
        self.train_batch(X, y)
        return self

    def train_batch(self, X: csr_array, y: Array) -> Array:
        """Make one update, and return the outputs (n,) before it."""
        layer_1 = safe_sparse_dot(X, self.weights_0_1_)
        layer_2 = expit(layer_1 @ self.weights_1_2_)
        delta_2 = (layer_2 - y) * layer_2 * (1 - layer_2)
        step_1_2 = self.learning_rate / len(y) * delta_2
        step_0_1 = np.outer(step_1_2, self.weights_1_2_)
        self.weights_1_2_ -= step_1_2 @ layer_1
        # Only the rows of its words: X.T @ step_0_1 would be as large as the weights.
        words, columns = np.unique(X.indices, return_inverse=True)
        present = csr_array((X.data, columns, X.indptr), shape=(len(y), len(words)))
        self.weights_0_1_[words] -= safe_sparse_dot(present.T, step_0_1)
        return layer_2

    def predict_proba(self, X: csr_array) -> Array:
        """Return the shares (n, 2) of negative and positive."""
        positive = expit(safe_sparse_dot(X, self.weights_0_1_) @ self.weights_1_2_)
        return np.column_stack([1 - positive, positive])

    def predict(self, X: csr_array) -> Array:
        """Return 0 or 1 for each review (n,)."""
        return self.classes_[np.argmax(self.predict_proba(X), axis=1)]


# ---- The same as a network of skipzeros, which certifies and times it ----

from skipzeros import Network, Reviews


class SklearnEstimator(Network):
    """The code above."""

    accepts_counts = True
    accepts_batches = True
    dtypes = ("float64", "float32")

    def __init__(
        self, weights_0_1: Array, weights_1_2: Array, learning_rate: float, batch_size: int = 1
    ) -> None:
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        self._estimator = SparseFirstLayer(len(weights_1_2), learning_rate)
        self._estimator.weights_0_1_ = weights_0_1.copy()
        self._estimator.weights_1_2_ = weights_1_2.copy()
        self._estimator.classes_ = np.array([0, 1])

    @property
    def weights_0_1(self) -> Array:
        return self._estimator.weights_0_1_

    @property
    def weights_1_2(self) -> Array:
        return self._estimator.weights_1_2_

    def prepare(self, reviews: Reviews) -> Any:
        dtype, batches = self.weights_0_1.dtype, []
        for start in range(0, len(reviews), self.batch_size):
            batch = reviews[start : start + self.batch_size]
            counts = batch.counts_as(dtype)
            values = np.ones(len(batch.indices), dtype) if counts is None else counts
            shape = len(batch), batch.vocabulary_size
            layer_0 = csr_array((values, batch.indices, batch.indptr), shape=shape)
            batches.append((layer_0, batch.labels.astype(dtype)))
        return batches

    def train(self, prepared: Any) -> Array:
        outputs = [self._estimator.train_batch(*batch) for batch in prepared]
        return np.concatenate([np.empty(0, self.weights_0_1.dtype), *outputs])

    def predict(self, prepared: Any) -> Array:
        outputs = [self._estimator.predict_proba(layer_0)[:, 1] for layer_0, _ in prepared]
        return np.concatenate([np.empty(0, self.weights_0_1.dtype), *outputs])
