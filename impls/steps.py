"""What comes after layer_1 in networks that people train in earnest: biases, a relu, the log loss.

A forward function takes what the rows of each review's words sum up to, and gives the outputs; a
backward function gives the outputs and what the loss of a batch, the mean over its reviews, changes
with: each array beside weights_0_1, and the sums themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
State = Mapping[str, Array]
# What Adagrad adds to a root, so that nothing is divided by zero: torch's default.
EPSILON = 1e-10


def sigmoid(x: Array) -> Array:
    """Compute 1 / (1 + exp(-x)) in the shape and dtype of x.

    Where exp overflows the result is 0, which is right.
    """
    result: Array = 1 / (1 + np.exp(-x))
    return result


class Slopes(NamedTuple):
    """What the loss of a batch of n reviews changes with.

    Attributes:
        outputs: (n,) before the step.
        others: the gradient of each array beside weights_0_1.
        sums: (n, hidden) the gradient of what the rows sum up to: of each row of a review's words.
    """

    outputs: Array
    others: dict[str, Array]
    sums: Array


def logistic_outputs(sums: Array, state: State) -> Array:
    """Logistic regression: the sum of the words' weights (n, 1), a bias, no hidden layer."""
    return sigmoid(sums[:, 0] + state["bias"])


def logistic_slopes(sums: Array, labels: Array, state: State) -> Slopes:
    """Logistic regression, backward."""
    outputs = logistic_outputs(sums, state)
    delta = (outputs - labels) / len(labels)
    return Slopes(outputs, {"bias": delta.sum(keepdims=True)}, delta[:, None])


def classifier_outputs(sums: Array, state: State) -> Array:
    """A hidden layer of the words' rows (n, hidden), biases and a relu; one output."""
    layer_1 = np.maximum(sums + state["bias_1"], 0)
    return sigmoid(layer_1 @ state["weights_1_2"] + state["bias_2"])


def classifier_slopes(sums: Array, labels: Array, state: State) -> Slopes:
    """The classifier, backward."""
    layer_1 = np.maximum(sums + state["bias_1"], 0)
    layer_2 = sigmoid(layer_1 @ state["weights_1_2"] + state["bias_2"])
    # Of the log loss and the sigmoid together: no slope of the sigmoid is left.
    delta_2 = (layer_2 - labels) / len(labels)
    delta_1 = np.where(layer_1 > 0, np.outer(delta_2, state["weights_1_2"]), 0)
    others = {
        "bias_1": delta_1.sum(axis=0),
        "weights_1_2": delta_2 @ layer_1,
        "bias_2": delta_2.sum(keepdims=True),
    }
    return Slopes(layer_2, others, delta_1)


def descend(state: State, slopes: Mapping[str, Array], rate: float, adagrad: bool) -> None:
    """Change arrays where they stand, by plain SGD or by Adagrad."""
    for name, slope in slopes.items():
        if adagrad:
            squares = state[f"squares_{name}"]
            squares += slope * slope
            state[name][...] -= rate * slope / (np.sqrt(squares) + EPSILON)
        else:
            state[name][...] -= rate * slope


OUTPUTS: dict[str, Callable[[Array, State], Array]] = {
    "logistic": logistic_outputs,
    **dict.fromkeys(("classifier", "classifier-mean", "classifier-adagrad"), classifier_outputs),
}
SLOPES: dict[str, Callable[[Array, Array, State], Slopes]] = {
    "logistic": logistic_slopes,
    **dict.fromkeys(("classifier", "classifier-mean", "classifier-adagrad"), classifier_slopes),
}
BY_SGD = ("logistic", "classifier", "classifier-mean")


def shares(definition: str, words: Array, dtype: np.dtype[Any]) -> Array:
    """Return what each row counts in what it is combined to: (n, 1).

    Args:
        words: (n,) how many words each review has, or the sum of their counts.
    """
    if definition == "classifier-mean":
        share: Array = (1 / np.where(words != 0, words, 1)).astype(dtype)[:, None]
        return share
    return np.ones((len(words), 1), dtype)
