"""skipzeros: a network that comes with it, trained on your own data; compiled is the fastest.

    weights_0_1, weights_1_2 = trained(skipzeros.load("synthetic").train, "compiled", epochs=3)

They are plain arrays. A torch.nn.Linear(vocabulary, hidden, bias=False) holds the first transposed:
linear.weight.data = torch.from_numpy(weights_0_1.T.copy()).
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
        reviews: from skipzeros.load of a file, or skipzeros.Reviews.from_lists; with counts only
            if the network is to take them, else reviews.presence().
    """
    weights_0_1 = np.zeros((reviews.vocabulary_size, hidden), np.float32)
    weights_1_2 = np.random.default_rng(1).normal(size=hidden).astype(np.float32)
    kind = skipzeros.networks()[name]
    network = kind(weights_0_1, weights_1_2, learning_rate, batch_size=batch_size)
    form = network.prepare(reviews)
    for _ in range(epochs):
        network.train(form)
    return network.weights_0_1, network.weights_1_2
