"""The whole pass as plain loops under numba: what a Python user writes first.

`compiled` does the same with its rows in registers, and fetched before they are needed; the
difference is what that is worth.
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


class PlainLoops(Network):
    """Presence, one review at a time."""

    dtypes = ("float64", "float32")
    # Network's own can't be set.
    weights_0_1: Any = None
    weights_1_2: Any = None

    @classmethod
    def unavailable(cls) -> str | None:
        return None if find_spec("numba") else "needs numba: pip install 'skipzeros[compiled]'"

    def __init__(
        self, weights_0_1: Any, weights_1_2: Any, learning_rate: float, batch_size: int = 1
    ) -> None:
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        self.weights_0_1, self.weights_1_2 = weights_0_1.copy(), weights_1_2.copy()

    def prepare(self, reviews: Reviews) -> Any:
        return reviews.indptr, reviews.indices, reviews.labels.astype(self.weights_0_1.dtype)

    def train(self, prepared: Any) -> Any:
        return self._run(prepared, training=True)

    def predict(self, prepared: Any) -> Any:
        return self._run(prepared, training=False)

    def _run(self, prepared: Any, training: bool) -> Any:
        rate = self.weights_1_2.dtype.type(self.learning_rate)
        return compiled()(self.weights_0_1, self.weights_1_2, *prepared, rate, training)


@cache
def compiled() -> Any:
    """Return the loops in machine code, once for all instances: each would compile them anew."""
    # It may add in any order: else each addition waits for the one before.
    return njit(fastmath={"reassoc", "contract"}, error_model="numpy")(one_pass)


def one_pass(
    weights_0_1: Any,
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
                layer_1[unit] += weights_0_1[word, unit]
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
                weights_0_1[word, unit] -= step_0_1[unit]
    return outputs
