"""What a user of PyTorch would write: EmbeddingBag sums the rows, autograd and SGD update them.

The waste removed: the zeros, and with sparse gradients the rows that don't change. The waste left:
a graph is built and a dozen operators are dispatched for every review; a larger batch_size shares
that. The gradient holds a copy of every row of the batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

import numpy as np

from .network import Array, Network
from .reviews import Reviews

# Before the name of an array: what Adagrad has summed of its gradients.
SQUARES = "squares_"


class Torch(Network):
    """An EmbeddingBag and a layer for the output, trained by torch.optim.SGD or Adagrad."""

    accepts_counts = True
    accepts_batches = True
    dtypes = ("float64", "float32")
    definitions = ("lesson", "logistic", "classifier", "classifier-mean", "classifier-adagrad")

    @classmethod
    def unavailable(cls) -> str | None:
        if find_spec("torch") is None:
            return "needs torch: pip install 'skipzeros[torch]'"
        return None

    def __init__(
        self,
        weights_0_1: Array,
        weights_1_2: Array,
        learning_rate: float,
        batch_size: int = 1,
        definition: str = "lesson",
        state: Mapping[str, Array] = MappingProxyType({}),
    ) -> None:
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        # Imported here, because it takes seconds, and listing the networks must not.
        import torch

        self._torch, self._dtype, self._definition = torch, weights_0_1.dtype, definition
        # All networks are compared on one thread; for a short review more would cost time.
        torch.set_num_threads(1)
        self._bag = torch.nn.EmbeddingBag.from_pretrained(
            torch.tensor(weights_0_1, device=self.device), freeze=False, mode="sum", sparse=True
        )
        arrays = {"weights_1_2": weights_1_2, **state}
        self._others = {
            name: torch.nn.Parameter(torch.tensor(array, device=self.device))
            for name, array in arrays.items()
            if not name.startswith(SQUARES) and array.size
        }
        self._trained = {"weights_0_1": self._bag.weight, **self._others}
        self._adagrad = definition.endswith("adagrad")
        kind: Any = torch.optim.Adagrad if self._adagrad else torch.optim.SGD
        self._optimizer = kind(self._trained.values(), learning_rate)
        if self._adagrad:  # which has begun with zeros
            self.reset(weights_0_1, weights_1_2, state)

    def reset(
        self,
        weights_0_1: Array,
        weights_1_2: Array,
        state: Mapping[str, Array] = MappingProxyType({}),
    ) -> None:
        """Write fresh arrays into those that there are; SGD has no state of its own."""
        arrays = {"weights_0_1": weights_0_1, "weights_1_2": weights_1_2, **state}
        with self._torch.no_grad():
            for name, parameter in self._trained.items():
                parameter.copy_(self._torch.tensor(arrays[name]))
                if self._adagrad:
                    squares = self._torch.tensor(arrays[SQUARES + name])
                    self._optimizer.state[parameter]["sum"].copy_(squares)

    @property
    def weights_0_1(self) -> Array:
        return self._plain(self._bag.weight)

    @property
    def weights_1_2(self) -> Array:
        return self._plain(self._others["weights_1_2"])

    def state(self) -> dict[str, Array]:
        found = {name: self._plain(one) for name, one in self._trained.items()}
        if self._adagrad:
            sums = {name: self._optimizer.state[one]["sum"] for name, one in self._trained.items()}
            found |= {SQUARES + name: self._plain(one) for name, one in sums.items()}
        return found

    @staticmethod
    def _plain(tensor: Any) -> Array:
        array: Array = tensor.detach().cpu().numpy()
        return array

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
        cross_entropy = self._torch.nn.functional.binary_cross_entropy_with_logits
        outputs = []
        for words, offsets, counts, labels in prepared:
            self._optimizer.zero_grad()
            z = self._forward(words, offsets, counts)
            layer_2 = self._torch.sigmoid(z)
            if self._definition == "lesson":
                # Half the squared error: its derivative is the lesson's (layer_2 - label).
                loss = (0.5 * (layer_2 - labels) ** 2).mean()
            else:
                loss = cross_entropy(z, labels)
            loss.backward()
            self._optimizer.step()
            outputs.append(layer_2.detach())
        return self._together(outputs)

    def predict(self, prepared: Any) -> Array:
        with self._torch.no_grad():
            outputs = [
                self._torch.sigmoid(self._forward(words, offsets, counts))
                for words, offsets, counts, _ in prepared
            ]
        return self._together(outputs)

    def _together(self, outputs: list[Any]) -> Array:
        return np.concatenate([np.empty(0, self._dtype), *(one.numpy() for one in outputs)])

    def _forward(self, words: Any, offsets: Any, counts: Any) -> Any:
        """Return what the sigmoid takes, for each review of a batch."""
        sums = self._bag(words, offsets, per_sample_weights=counts)
        if self._definition == "lesson":
            return sums @ self._others["weights_1_2"]
        if self._definition == "logistic":
            return sums[:, 0] + self._others["bias"]
        if self._definition == "classifier-mean":
            sums = sums / self._words_of(words, offsets, counts)
        layer_1 = self._torch.relu(sums + self._others["bias_1"])
        return layer_1 @ self._others["weights_1_2"] + self._others["bias_2"]

    def _words_of(self, words: Any, offsets: Any, counts: Any) -> Any:
        """Return how many words each review of a batch has, or the sum of their counts: (n, 1)."""
        values = self._torch.ones_like(words, dtype=self._bag.weight.dtype)
        ends = self._torch.cat(
            [values.new_zeros(1), (values if counts is None else counts).cumsum(0)]
        )
        last = self._torch.cat([offsets[1:], offsets.new_tensor([len(words)])])
        number = ends[last.long()] - ends[offsets.long()]
        return self._torch.where(number == 0, 1, number)[:, None]
