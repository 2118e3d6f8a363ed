"""Logistic regression: no hidden layer, the log loss, plain SGD."""

from __future__ import annotations

import numpy as np

from .bounded import Array, sigmoid
from .definition import Definition, Draw, New
from .given import Given


class Logistic(Definition):
    """output = sigmoid(sum of the weights of the words present + bias)."""

    name = "logistic"
    by_word = ("weights_0_1",)
    others = ("bias",)

    def first(self, draw: Draw, vocabulary_size: int, hidden: int) -> dict[str, Array]:
        return {"weights_0_1": np.zeros((vocabulary_size, 1)), "bias": draw.normal(0, 0.1, 1)}

    def step(self, given: Given) -> New:
        output = sigmoid(given.sum_of_rows("weights_0_1") + given["bias"])
        delta = output - given.label
        return New(
            output=output,
            delta=delta,
            others={"bias": given["bias"] - given.rate * given.mean(delta)},
            rows=lambda row: {"weights_0_1": row["weights_0_1"] - given.rate * row.mean(delta)},
        )
