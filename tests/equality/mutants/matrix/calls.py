"""Mistakes that show in certain cases only: calls of train, and reads between them."""

from __future__ import annotations

import numpy as np
from plain_numpy import Right


class RightPending(Right):
    """Right: the last update of rows waits for the next call, and whoever reads applies it before."""

    pending = None

    def flush(self):
        if self.pending is not None:
            self.w01[self.pending[0]] -= self.pending[1]
            self.pending = None

    def subtract(self, words, values):
        self.flush()
        self.pending = words, values

    def sum_rows(self, words, counts):
        self.flush()
        return super().sum_rows(words, counts)

    @property
    def weights_0_1(self):
        self.flush()
        return self.w01

    def reset(self, weights_0_1, weights_1_2):
        self.pending = None
        super().reset(weights_0_1, weights_1_2)


class BatchesCarriedOn(Right):
    """The place within a batch is carried from call to call: after a short batch the next is short too."""

    place = 0

    def reset(self, weights_0_1, weights_1_2):
        self.place = 0
        super().reset(weights_0_1, weights_1_2)

    def batches(self, n):
        start = 0
        while start < n:
            stop = min(start + self.batch_size - self.place, n)
            self.place = (self.place + stop - start) % self.batch_size
            yield start, stop
            start = stop


class EmptyCallFails(Right):
    """The outputs of the batches are concatenated: a call with no reviews raises."""

    def train(self, prepared):
        outputs = super().train(prepared)
        return np.concatenate([outputs[start : start + 1] for start in range(len(prepared))])


class PendingUnseenByPredict(RightPending):
    """predict doesn't see the pending last update: wrong between train and the first read of weights."""

    def predict(self, prepared):
        pending, self.pending = self.pending, None
        outputs = super().predict(prepared)
        self.pending = pending
        return outputs


class PendingSurvivesReset(RightPending):
    """reset keeps the pending last update, which then falls on the fresh weights."""

    def reset(self, weights_0_1, weights_1_2):
        pending = self.pending
        super().reset(weights_0_1, weights_1_2)
        self.pending = pending


class CallsUint8(Right):
    """Calls of train are counted in a uint8: every 256th updates nothing."""

    calls = 0

    def train(self, prepared):
        self.calls = (self.calls + 1) % 256
        return super().train(prepared) if self.calls else super().predict(prepared)
