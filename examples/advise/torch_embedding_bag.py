"""torch, sparse: EmbeddingBag sums the rows, and its sparse gradient changes only those.

With words a list of tensors of word ids, one for each review, y the labels, 0 or 1 in float32::

    model = SparseModel(torch.zeros(vocabulary_size, 64), torch.randn(64))
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    starts = torch.tensor([0, *map(len, words)]).cumsum(0)[:-1]
    for epoch in range(3):
        for first in range(0, len(words), 256):
            some = slice(first, first + 256)
            batch = torch.cat(words[some]), starts[some] - starts[first], None
            train_batch(model, optimizer, batch, y[some])
    outputs = model(torch.cat(words), starts, None)
"""

from __future__ import annotations

from typing import Any

import torch


class SparseModel(torch.nn.Module):
    """weights_0_1 as an EmbeddingBag, weights_1_2 as one vector."""

    def __init__(self, weights_0_1: torch.Tensor, weights_1_2: torch.Tensor) -> None:
        super().__init__()
        self.first_layer = torch.nn.EmbeddingBag.from_pretrained(
            weights_0_1, freeze=False, mode="sum", sparse=True
        )
        self.output = torch.nn.Parameter(weights_1_2)

    def forward(
        self, words: torch.Tensor, starts: torch.Tensor, values: torch.Tensor | None
    ) -> torch.Tensor:
        """Return the output (n,) of each review of a batch.

        Args:
            words: (m,) the word ids of all its reviews, one after the other.
            starts: (n,) where each review starts.
            values: (m,) of the words, in the dtype of the weights; None where all are 1.
        """
        layer_1 = self.first_layer(words, starts, per_sample_weights=values)
        return torch.sigmoid(layer_1 @ self.output)


def train_batch(
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    batch: tuple[Any, ...],
    labels: torch.Tensor,
) -> torch.Tensor:
    """Make one update, and return the outputs (n,) before it.

    Args:
        optimizer: torch.optim.SGD(model.parameters(), learning_rate); SparseAdam takes sparse
            gradients too, Adam doesn't.
        batch: what the model takes.
        labels: (n,) 0 or 1, in the dtype of the weights.
    """
    optimizer.zero_grad()
    layer_2 = model(*batch)
    (0.5 * (layer_2 - labels) ** 2).mean().backward()
    optimizer.step()
    return layer_2.detach()


# ---- The same as a network of skipzeros, which certifies and times it ----

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from skipzeros import Network, Reviews

Array: TypeAlias = NDArray[Any]


class TorchEmbeddingBag(Network):
    """The code above."""

    accepts_counts = True
    accepts_batches = True
    dtypes = ("float64", "float32")
    threads = 1024

    def __init__(
        self, weights_0_1: Array, weights_1_2: Array, learning_rate: float, batch_size: int = 1
    ) -> None:
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        self._dtype = weights_0_1.dtype
        self._model = SparseModel(torch.tensor(weights_0_1), torch.tensor(weights_1_2))
        self._optimizer = torch.optim.SGD(self._model.parameters(), learning_rate)

    @property
    def weights_0_1(self) -> Array:
        weights: Array = self._model.first_layer.weight.detach().numpy()
        return weights

    @property
    def weights_1_2(self) -> Array:
        weights: Array = self._model.output.detach().numpy()
        return weights

    def prepare(self, reviews: Reviews) -> Any:
        batches = []
        for start in range(0, len(reviews), self.batch_size):
            part = reviews[start : start + self.batch_size]
            starts = torch.tensor(part.indptr[:-1].astype(np.int32))
            values = part.counts_as(self._dtype)
            batch = (
                torch.tensor(part.indices),
                starts,
                values if values is None else torch.tensor(values),
            )
            batches.append((batch, torch.tensor(part.labels.astype(self._dtype))))
        return batches

    def train(self, prepared: Any) -> Array:
        outputs = [train_batch(self._model, self._optimizer, *batch) for batch in prepared]
        return self._together(outputs)

    def predict(self, prepared: Any) -> Array:
        with torch.no_grad():
            return self._together([self._model(*batch) for batch, _ in prepared])

    def _together(self, outputs: list[torch.Tensor]) -> Array:
        return np.concatenate([np.empty(0, self._dtype), *(one.numpy() for one in outputs)])
