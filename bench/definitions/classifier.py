"""What is trained in earnest: biases, a relu and the log loss, by plain SGD or by Adagrad."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from .bounded import Array, Number, dot, relu, sigmoid, sqrt, where_positive
from .definition import Definition, Draw, New
from .given import Given, Row

# What Adagrad adds to a root, so that nothing is divided by zero: torch's default.
EPSILON = 1e-10


class Classifier(Definition):
    """layer_1 = relu(sum of rows + bias_1), layer_2 = sigmoid(layer_1 . weights_1_2 + bias_2)."""

    name = "classifier"
    others: ClassVar[tuple[str, ...]] = ("bias_1[hidden]", "weights_1_2[hidden]", "bias_2")

    def first(self, draw: Draw, vocabulary_size: int, hidden: int) -> dict[str, Array]:
        # Rows of zeros would never learn anything: the slope of a relu is 0 at 0.
        return {
            "weights_0_1": draw.normal(0, 0.1, (vocabulary_size, hidden)),
            "bias_1": np.zeros(hidden),
            "weights_1_2": draw.normal(0, hidden**-0.5, hidden),
            "bias_2": np.zeros(1),
        }

    def combined(self, given: Given) -> tuple[Number, Number | float]:
        """What the rows of a review are combined to, and the share that each has in it."""
        return given.sum_of_rows("weights_0_1"), 1.0

    def step(self, given: Given) -> New:
        combined, share = self.combined(given)
        before, weights_1_2 = combined + given["bias_1"], given["weights_1_2"]
        layer_1 = relu(before)
        layer_2 = sigmoid(dot(layer_1, weights_1_2) + given["bias_2"])
        delta_2 = layer_2 - given.label
        delta_1 = where_positive(before, delta_2 * weights_1_2)
        gradients = {"bias_1": delta_1, "weights_1_2": delta_2 * layer_1, "bias_2": delta_2}
        return New(
            output=layer_2,
            delta=delta_2,
            others=self.descend(given, {name: given.mean(one) for name, one in gradients.items()}),
            rows=lambda row: self.descend(row, {"weights_0_1": row.mean(delta_1 * share)}),
        )

    def descend(self, at: Given | Row, gradients: dict[str, Number]) -> dict[str, Number]:
        """Take a step down the gradients: plain SGD."""
        return {name: at[name] - at.rate * gradient for name, gradient in gradients.items()}


class ClassifierMean(Classifier):
    """The same, but of the mean of the rows of a review in place of their sum."""

    name = "classifier-mean"

    def combined(self, given: Given) -> tuple[Number, Number | float]:
        return given.mean_of_rows("weights_0_1"), given.share_of_word


class ClassifierAdagrad(Classifier):
    """The same, but each number's rate falls with the squares of its gradients so far."""

    name = "classifier-adagrad"
    by_word = ("weights_0_1[hidden]", "squares_weights_0_1[hidden]")
    others = (
        "bias_1[hidden]", "weights_1_2[hidden]", "bias_2",
        "squares_bias_1[hidden]", "squares_weights_1_2[hidden]", "squares_bias_2",
    )  # fmt: skip
    never_negative = (
        "squares_weights_0_1",
        "squares_bias_1",
        "squares_weights_1_2",
        "squares_bias_2",
    )

    def first(self, draw: Draw, vocabulary_size: int, hidden: int) -> dict[str, Array]:
        drawn = super().first(draw, vocabulary_size, hidden)
        return {**drawn, **{f"squares_{name}": np.zeros(one.shape) for name, one in drawn.items()}}

    def descend(self, at: Given | Row, gradients: dict[str, Number]) -> dict[str, Number]:
        after = {}
        for name, gradient in gradients.items():
            squares = at[f"squares_{name}"] + gradient * gradient
            after[f"squares_{name}"] = squares
            after[name] = at[name] - at.rate * gradient / (sqrt(squares) + EPSILON)
        return after
