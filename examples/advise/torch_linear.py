"""torch, dense: a Linear layer on layer_0 with all its zeros, the way that most people begin.

With X a matrix (n, vocabulary) of float32 with all its zeros, y the labels, 0 or 1 in float32::

    model = DenseModel(torch.zeros(X.shape[1], 64), torch.randn(64))
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for epoch in range(3):
        for start in range(0, len(X), 256):
            train_batch(model, optimizer, X[start : start + 256], y[start : start + 256])
    outputs = model(X)
"""

from __future__ import annotations

import torch


class DenseModel(torch.nn.Module):
    """weights_0_1 as a Linear layer, which holds it transposed, and weights_1_2 as another."""

    def __init__(self, weights_0_1: torch.Tensor, weights_1_2: torch.Tensor) -> None:
        super().__init__()
        vocabulary, hidden = weights_0_1.shape
        dtype = weights_0_1.dtype
        self.first_layer = torch.nn.Linear(vocabulary, hidden, bias=False, dtype=dtype)
        self.output = torch.nn.Linear(hidden, 1, bias=False, dtype=dtype)
        with torch.no_grad():
            self.first_layer.weight.copy_(weights_0_1.T)
            self.output.weight[0].copy_(weights_1_2)

    def forward(self, layer_0: torch.Tensor) -> torch.Tensor:
        """Return the output (n,) of each review, from layer_0 (n, vocabulary)."""
        return torch.sigmoid(self.output(self.first_layer(layer_0)))[:, 0]


def train_batch(
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    layer_0: torch.Tensor,
    labels: torch.Tensor,
) -> torch.Tensor:
    """Make one update, and return the outputs (n,) before it; labels (n,) are 0 or 1."""
    optimizer.zero_grad()
    layer_2 = model(layer_0)
    (0.5 * (layer_2 - labels) ** 2).mean().backward()
    optimizer.step()
    return layer_2.detach()


# ---- The same as a network of skipzeros, which certifies and times it ----

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from skipzeros import Network, Reviews

Array: TypeAlias = NDArray[Any]


class TorchLinear(Network):
    """The code above; layer_0 is filled under the clock, since all of it doesn't fit."""

    accepts_counts = True
    accepts_batches = True
    dtypes = ("float64", "float32")
    threads = 1024

    def __init__(
        self, weights_0_1: Array, weights_1_2: Array, learning_rate: float, batch_size: int = 1
    ) -> None:
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        self._dtype = weights_0_1.dtype
        self._model = DenseModel(torch.tensor(weights_0_1), torch.tensor(weights_1_2))
        self._optimizer = torch.optim.SGD(self._model.parameters(), learning_rate)

    @property
    def weights_0_1(self) -> Array:
        weights: Array = self._model.first_layer.weight.detach().numpy().T
        return weights

    @property
    def weights_1_2(self) -> Array:
        weights: Array = self._model.output.weight[0].detach().numpy()
        return weights

    def prepare(self, reviews: Reviews) -> Any:
        batches = []
        for start in range(0, len(reviews), self.batch_size):
            part = reviews[start : start + self.batch_size]
            review = np.repeat(np.arange(len(part)), np.diff(part.indptr))
            counts = part.counts_as(self._dtype)
            values = np.ones(len(review), self._dtype) if counts is None else counts
            places = torch.tensor(review), torch.tensor(part.indices)
            shape = len(part), part.vocabulary_size
            labels = torch.tensor(part.labels.astype(self._dtype))
            batches.append((shape, places, torch.tensor(values), labels))
        return batches

    def train(self, prepared: Any) -> Array:
        return self._together(
            [
                train_batch(self._model, self._optimizer, filled(*batch), labels)
                for *batch, labels in prepared
            ]
        )

    def predict(self, prepared: Any) -> Array:
        with torch.no_grad():
            return self._together([self._model(filled(*batch)) for *batch, _ in prepared])

    def _together(self, outputs: list[torch.Tensor]) -> Array:
        return np.concatenate([np.empty(0, self._dtype), *(one.numpy() for one in outputs)])


def filled(shape: tuple[int, int], places: Any, values: torch.Tensor) -> torch.Tensor:
    """Return layer_0 with these values at these places, and zeros everywhere else."""
    layer_0 = torch.zeros(shape, dtype=values.dtype)
    layer_0[places] = values
    return layer_0
