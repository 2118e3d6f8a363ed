"""layer_0 of a whole batch, filled and multiplied as it stands: dense and dense-rows in batches.

One product takes all reviews of a batch, so that the weights are read once a batch; the zeros
stay, and nearly every product is with one of them.
"""

from __future__ import annotations

import numpy as np

from .network import Array, Batch, OnlineNetwork

# Numbers of layer_0, 512 MB in float64: a batch that has more of them is taken in parts.
MOST = 1 << 26


class DenseBatches(OnlineNetwork):
    """The dense product of a batch on the way forward, and another one on the way back."""

    _layer_0: Array = np.empty((0, 0))

    def sum_batch(self, batch: Batch) -> Array:
        most = self._most
        if len(batch) > most:
            starts = range(0, len(batch), most)
            return np.concatenate([self.sum_batch(batch[start : start + most]) for start in starts])
        layer_1: Array = self._filled(batch) @ self.weights_0_1
        return layer_1

    def update_batch(self, batch: Batch, step_0_1: Array) -> None:
        most = self._most
        for start in range(0, len(batch), most):
            part = batch[start : start + most]
            # A batch in one part is still there from the way forward.
            whole = len(part) == len(batch)
            layer_0 = self._layer_0[: len(batch)] if whole else self._filled(part)
            self.weights_0_1 -= layer_0.T @ step_0_1[start : start + most]

    @property
    def _most(self) -> int:
        return max(1, MOST // max(1, len(self.weights_0_1)))

    def _filled(self, batch: Batch) -> Array:
        """Return layer_0 (n, vocabulary) of a batch; it is overwritten by the next one."""
        shape = len(batch), len(self.weights_0_1)
        if len(self._layer_0) < len(batch):
            self._layer_0 = np.empty_like(self.weights_0_1, shape=shape)
        layer_0 = self._layer_0[: len(batch)]
        layer_0[:] = 0
        for row, (words, counts, _) in zip(layer_0, batch, strict=True):
            row[words] = 1 if counts is None else counts
        return layer_0


class RowsBackward(OnlineNetwork):
    """In front of DenseBatches: on the way back the rows of each review's words alone."""

    update_batch = OnlineNetwork.update_batch
