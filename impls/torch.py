"""What a user of PyTorch would write: EmbeddingBag sums the rows, autograd and SGD update them.

The waste removed: the zeros, and with sparse gradients the rows that don't change. The waste left:
a graph is built and a dozen operators are dispatched for every review; a larger batch_size shares
that. The gradient holds a copy of every row of the batch.
"""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np

from .network import Array, Network
from .reviews import Reviews


class Torch(Network):
    """An EmbeddingBag and one vector of weights, trained by torch.optim.SGD."""

    accepts_counts = True
    accepts_batches = True
    dtypes = ("float64", "float32")

    @classmethod
    def unavailable(cls) -> str | None:
        if find_spec("torch") is None:
            return "needs torch: pip install 'skipzeros[torch]'"
        return None

    def __init__(
        self, weights_0_1: Array, weights_1_2: Array, learning_rate: float, batch_size: int = 1
    ) -> None:
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        # Imported here, because it takes seconds, and listing the networks must not.
        import torch

        self._torch, self._dtype = torch, weights_0_1.dtype
        # All networks are compared on one thread; for a short review more would cost time.
        torch.set_num_threads(1)
        self._bag = torch.nn.EmbeddingBag.from_pretrained(
            torch.tensor(weights_0_1, device=self.device), freeze=False, mode="sum", sparse=True
        )
        self._output = torch.nn.Parameter(torch.tensor(weights_1_2, device=self.device))
        self._optimizer = torch.optim.SGD([self._bag.weight, self._output], learning_rate)

    def reset(self, weights_0_1: Array, weights_1_2: Array) -> None:
        """Write fresh weights into the same arrays; SGD has no state of its own."""
        with self._torch.no_grad():
            self._bag.weight.copy_(self._torch.tensor(weights_0_1))
            self._output.copy_(self._torch.tensor(weights_1_2))

    @property
    def weights_0_1(self) -> Array:
        weights: Array = self._bag.weight.detach().cpu().numpy()
        return weights

    @property
    def weights_1_2(self) -> Array:
        weights: Array = self._output.detach().cpu().numpy()
        return weights

    def prepare(self, reviews: Reviews) -> Any:
        dtype = self._dtype
        tensor = partial(self._torch.tensor, device=self.device)
        batches = []
        for start in range(0, len(reviews), self.batch_size):
            batch = reviews[start : start + self.batch_size]
            words, offsets = tensor(batch.indices), tensor(batch.indptr[:-1].astype(np.int32))
            values = batch.counts_as(dtype)
            counts = None if values is None else tensor(values)
            batches.append((words, offsets, counts, tensor(batch.labels.astype(dtype))))
        return batches

    def train(self, prepared: Any) -> Array:
        outputs = []
        for words, offsets, counts, labels in prepared:
            self._optimizer.zero_grad()
            layer_2 = self._forward(words, offsets, counts)
            # Half the squared error: its derivative is the lesson's (layer_2 - label).
            (0.5 * (layer_2 - labels) ** 2).mean().backward()
            self._optimizer.step()
            outputs.append(layer_2.detach())
        return self._together(outputs)

    def predict(self, prepared: Any) -> Array:
        with self._torch.no_grad():
            outputs = [
                self._forward(words, offsets, counts) for words, offsets, counts, _ in prepared
            ]
        return self._together(outputs)

    def _together(self, outputs: list[Any]) -> Array:
        return np.concatenate([np.empty(0, self._dtype), *(one.numpy() for one in outputs)])

    def _forward(self, words: Any, offsets: Any, counts: Any) -> Any:
        layer_1 = self._bag(words, offsets, per_sample_weights=counts)
        return self._torch.sigmoid(layer_1 @ self._output)
