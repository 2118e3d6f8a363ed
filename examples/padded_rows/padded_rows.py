"""Plain loops on rows that are padded: each number has room for some, and the others stay unused.

With room=1 and room=8 the same machine code executes the same instructions; with 8 each number of
float64 has a cache line of its own. What that costs is memory, and nothing else.
"""

from __future__ import annotations

import math
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from skipzeros import Network, Reviews

if find_spec("numba") is not None:
    from numba import njit


class PaddedRows(Network):
    """Presence, one review at a time.

    Args:
        weights_0_1, weights_1_2, learning_rate, batch_size: as every network's.
        room: how many numbers each number of a row has room for.
    """

    dtypes = ("float64", "float32")

    @classmethod
    def unavailable(cls) -> str | None:
        return None if find_spec("numba") else "needs numba: pip install 'skipzeros[compiled]'"

    def __init__(
        self,
        weights_0_1: Any,
        weights_1_2: Any,
        learning_rate: float,
        batch_size: int = 1,
        room: int = 1,
    ) -> None:
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        vocabulary_size, hidden = weights_0_1.shape
        self._stored = np.zeros((vocabulary_size, hidden * room), weights_0_1.dtype)
        # Looked up for any room, so that the compiler makes nothing of numbers side by side.
        self._columns = np.arange(hidden) * room
        self._weights_1_2 = np.empty_like(weights_1_2)
        self.reset(weights_0_1, weights_1_2)

    def reset(self, weights_0_1: Any, weights_1_2: Any) -> None:
        self._stored[:, self._columns] = weights_0_1
        self._weights_1_2[...] = weights_1_2

    @property
    def weights_0_1(self) -> Any:
        return self._stored[:, self._columns]

    def rows(self, words: Any) -> Any:
        return self._stored[words][:, self._columns]

    @property
    def weights_1_2(self) -> Any:
        return self._weights_1_2

    def prepare(self, reviews: Reviews) -> Any:
        return reviews.indptr, reviews.indices, reviews.labels.astype(self._stored.dtype)

    def train(self, prepared: Any) -> Any:
        return self._run(prepared, training=True)

    def predict(self, prepared: Any) -> Any:
        return self._run(prepared, training=False)

    def _run(self, prepared: Any, training: bool) -> Any:
        rate = self._stored.dtype.type(self.learning_rate)
        return compiled()(self._stored, self._columns, self._weights_1_2, *prepared, rate, training)


@cache
def compiled() -> Any:
    """Return the loops in machine code, once for all instances: each would compile them anew."""
    return njit(error_model="numpy")(one_pass)


def one_pass(
    stored: Any,
    columns: Any,
    weights_1_2: Any,
    indptr: Any,
    words: Any,
    labels: Any,
    rate: Any,
    training: bool,
) -> Any:
    """Return the output of each review before its update: (n,)."""
    one, hidden = weights_1_2.dtype.type(1), len(weights_1_2)
    outputs = np.empty_like(labels)
    layer_1, step_0_1 = np.empty_like(weights_1_2), np.empty_like(weights_1_2)
    for review in range(len(labels)):
        present = words[indptr[review] : indptr[review + 1]]
        layer_1[:] = 0
        for word in present:
            for unit in range(hidden):
                layer_1[unit] += stored[word, columns[unit]]
        layer_2 = one / (one + math.exp(-(layer_1 * weights_1_2).sum()))
        outputs[review] = layer_2
        if not training:
            continue
        step = rate * (layer_2 - labels[review]) * layer_2 * (one - layer_2)
        for unit in range(hidden):
            step_0_1[unit] = step * weights_1_2[unit]
            weights_1_2[unit] -= step * layer_1[unit]
        for word in present:
            for unit in range(hidden):
                stored[word, columns[unit]] -= step_0_1[unit]
    return outputs
