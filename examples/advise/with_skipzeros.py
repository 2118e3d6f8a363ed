"""skipzeros: a network that comes with it, trained on your own data; compiled is the fastest.

    reviews = skipzeros.load("synthetic").train.presence()  # or load("mine.csv", label_column=...)
    weights_0_1, weights_1_2 = trained(reviews, "compiled", epochs=3)
    outputs = predicted(reviews, weights_0_1, weights_1_2)

The weights are plain arrays. A torch.nn.Linear(vocabulary, hidden, bias=False) holds the first one
transposed: linear.weight.data = torch.from_numpy(weights_0_1.T.copy()).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import skipzeros

Array = NDArray[Any]


def trained(
    reviews: skipzeros.Reviews,
    name: str,
    hidden: int = 64,
    batch_size: int = 256,
    learning_rate: float = 0.1,
    epochs: int = 1,
) -> tuple[Array, Array]:
    """Train a network by the name that an advice has for it, and return its weights.

    Args:
        reviews: of skipzeros.load, or of Reviews.from_lists with word ids of your own; presence()
            of them where each word counts once, as in the lesson.
    """
    weights_0_1 = np.zeros((reviews.vocabulary_size, hidden), np.float32)
    weights_1_2 = np.random.default_rng(1).normal(size=hidden).astype(np.float32)
    kind = skipzeros.networks()[name]
    network = kind(weights_0_1, weights_1_2, learning_rate, batch_size=batch_size)
    form = network.prepare(reviews)
    for _ in range(epochs):
        network.train(form)
    return network.weights_0_1, network.weights_1_2


def predicted(reviews: skipzeros.Reviews, weights_0_1: Array, weights_1_2: Array) -> Array:
    """Return the output of each review (n,), above 0.5 for label 1; ids must be as in training."""
    kind = skipzeros.networks()["csr"]
    network = kind(weights_0_1, weights_1_2, learning_rate=0.0, batch_size=256)
    return network.predict(network.prepare(reviews))
