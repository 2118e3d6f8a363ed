"""The lesson's network: no activation, squared error, plain SGD."""

from __future__ import annotations

import numpy as np

from .bounded import Array, dot, sigmoid
from .definition import Definition, Draw, New
from .given import Given


class Lesson(Definition):
    """layer_2 = sigmoid(sum of rows . weights_1_2), and a squared error of it."""

    name = "lesson"
    others = ("weights_1_2[hidden]",)

    def first(self, draw: Draw, vocabulary_size: int, hidden: int) -> dict[str, Array]:
        return {
            "weights_0_1": np.zeros((vocabulary_size, hidden)),
            "weights_1_2": draw.normal(0, 1, hidden),
        }

    def step(self, given: Given) -> New:
        rate, weights_1_2 = given.rate, given["weights_1_2"]
        layer_1 = given.sum_of_rows("weights_0_1")
        layer_2 = sigmoid(dot(layer_1, weights_1_2))
        delta_2 = (layer_2 - given.label) * layer_2 * (1 - layer_2)
        return New(
            output=layer_2,
            delta=delta_2,
            others={"weights_1_2": weights_1_2 - rate * given.mean(delta_2 * layer_1)},
            rows=lambda row: {
                "weights_0_1": row["weights_0_1"] - rate * row.mean(delta_2 * weights_1_2)
            },
        )
