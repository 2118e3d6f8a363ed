"""Mistakes that show in certain cases only: batches."""

from __future__ import annotations

import numpy as np
from plain_numpy import Right


class ShortBatchByFullSize(Right):
    """The steps of a short last batch are divided by the full batch size."""

    def divisor(self, batch):
        return self.batch_size


class OnlyBatchByFullSize(Right):
    """Where a call has fewer reviews than a batch, the steps are divided by the batch size."""

    def train(self, prepared):
        self.less = len(prepared) < self.batch_size
        return super().train(prepared)

    def divisor(self, batch):
        return self.batch_size if self.less else len(batch)


class ShortBatchUnlearned(Right):
    """A short last batch has its outputs computed and updates nothing."""

    def backward(self, batch, layers, outputs):
        if len(batch) == self.batch_size:
            super().backward(batch, layers, outputs)


class LoneReviewNewWeights(Right):
    """A batch cut down to one review takes weights_1_2 after its update for the rows' step."""

    def before(self, n):
        return self.w12 if n == 1 and self.batch_size > 1 else self.w12.copy()


class ScatterFromSixteen(Right):
    """Batches of more than 16 are one ``weights[words] -= steps``: of a shared word one step stays."""

    def scatter(self, words, values, n):
        if n > 16:
            self.w01[words] -= values
        else:
            super().scatter(words, values, n)


class OccurrencesUint8(Right):
    """How many reviews of a batch hold a word is a uint8: of 300 steps 44 are summed."""

    def scatter(self, words, values, n):
        order = np.argsort(words, kind="stable")
        words, values = words[order], values[order]
        _, first, many = np.unique(words, return_index=True, return_counts=True)
        rank = np.arange(len(words)) - np.repeat(first, many)
        keep = rank < np.repeat(many.astype(np.uint8), many)
        super().scatter(words[keep], values[keep], n)


class MeanByShift(Right):
    """The mean over a batch is a shift by its bit length: right for powers of two alone."""

    def divisor(self, batch):
        return 1 << (len(batch).bit_length() - 1)


class FlushesAfter64(Right):
    """A batch of more than 64 is updated after each 64 reviews: later outputs see earlier steps."""

    def train_batch(self, batch, outputs):
        self.full = len(batch)
        for i in range(0, len(batch), 64):
            super().train_batch(batch[i : i + 64], outputs[i : i + 64])

    def divisor(self, batch):
        return self.full


class EmptyNotInTheMean(Right):
    """The mean over a batch is over the reviews that have words: empty ones don't count."""

    def divisor(self, batch):
        return max(1, sum(len(words) > 0 for words, _, _ in batch))


class NoWordNoOutput(Right):
    """A batch without any word is left out before its outputs are written: they are 0 and not 0.5."""

    def train_batch(self, batch, outputs):
        if len(batch) == 1 or any(len(words) for words, _, _ in batch):
            super().train_batch(batch, outputs)


class BatchSizeUint16(Right):
    """The batch size is kept in 16 bits: 65,537 becomes 1."""

    def __init__(self, weights_0_1, weights_1_2, learning_rate, batch_size=1):
        super().__init__(weights_0_1, weights_1_2, learning_rate, (batch_size - 1) % 65_536 + 1)
