"""Right, though the weights are kept elsewhere, or updated at other times or in batches.

expected: the statuses it may have, where that isn't "certified" alone.
"""

from __future__ import annotations

import numpy as np
from pieces import Batches, Sums


class Transposed(Sums):
    """weights_0_1 are stored by hidden unit; those who ask get them by word."""

    def __init__(self, weights_0_1, weights_1_2, learning_rate, batch_size=1):
        super().__init__(weights_0_1.T, weights_1_2, learning_rate, batch_size)

    @property
    def weights_0_1(self):
        return self.columns.T

    @weights_0_1.setter
    def weights_0_1(self, columns):
        self.columns = np.ascontiguousarray(columns)

    def sum_rows(self, words, counts):
        rows = self.columns[:, words]
        return rows.sum(axis=1) if counts is None else rows @ counts

    def update_rows(self, words, counts, step):
        self.columns[:, words] -= step[:, None] if counts is None else np.outer(step, counts)


class PaddedHidden(Sums):
    """Rows of a multiple of 16 numbers, of which the last are zero and stay so."""

    def __init__(self, weights_0_1, weights_1_2, learning_rate, batch_size=1):
        self.hidden, more = len(weights_1_2), -len(weights_1_2) % 16
        wide = np.pad(weights_0_1, ((0, 0), (0, more)))
        self.inner = Sums(wide, np.pad(weights_1_2, (0, more)), learning_rate)

    def reset(self, weights_0_1, weights_1_2):
        self.inner.weights_0_1[:, : self.hidden] = weights_0_1
        self.inner.weights_1_2[: self.hidden] = weights_1_2

    @property
    def weights_0_1(self):
        return self.inner.weights_0_1[:, : self.hidden]

    @property
    def weights_1_2(self):
        return self.inner.weights_1_2[: self.hidden]

    def train(self, prepared):
        return self.inner.train(prepared)

    def predict(self, prepared):
        return self.inner.predict(prepared)


class Renumbered(Sums):
    """The last word of the vocabulary gets the first row, and the first word the last."""

    def __init__(self, weights_0_1, weights_1_2, learning_rate, batch_size=1):
        self.place = np.arange(len(weights_0_1), dtype=np.int32)[::-1].copy()
        self.inner = Sums(weights_0_1[self.place], weights_1_2, learning_rate)

    def reset(self, weights_0_1, weights_1_2):
        self.inner.reset(weights_0_1[self.place], weights_1_2)

    @property
    def weights_0_1(self):
        return self.inner.weights_0_1[self.place]

    @property
    def weights_1_2(self):
        return self.inner.weights_1_2

    def rows(self, words):
        return self.inner.rows(self.place[words])

    def prepare(self, reviews):
        return [
            (self.place[words], counts, label)
            for words, counts, label in self.inner.prepare(reviews)
        ]

    def train(self, prepared):
        return self.inner.train(prepared)

    def predict(self, prepared):
        return self.inner.predict(prepared)


class Lazy(Sums):
    """The update of a review is made when somebody next looks at the rows."""

    # There is room for the update of one review.
    accepts_batches = False
    pending = None

    @property
    def weights_0_1(self):
        if self.pending:
            words, counts, step = self.pending
            self.present[words] -= step if counts is None else np.outer(counts, step)
            self.pending = None
        return self.present

    @weights_0_1.setter
    def weights_0_1(self, weights):
        self.present = weights

    def update_rows(self, words, counts, step):
        self.pending = words, counts, step


class OneBufferOfOutputs(Sums):
    """The same array holds the outputs of every call: whoever wants to keep them copies them."""

    buffer = np.empty(0)

    def train(self, prepared):
        outputs = super().train(prepared)
        if len(self.buffer) < len(outputs):
            self.buffer = np.empty_like(outputs)
        self.buffer[: len(outputs)] = outputs
        return self.buffer[: len(outputs)]


class OtherOrderInLongCalls(Sums):
    """Calls of several reviews add the words up the other way round: other bits, no fault."""

    # Where the data saturates at once, no bit is left to differ.
    expected = ("uncertified", "certified")
    several = False
    longer_than = 1

    def train(self, prepared):
        self.several = len(prepared) > self.longer_than
        return super().train(prepared)

    def sum_rows(self, words, counts):
        if self.several:
            words, counts = words[::-1], None if counts is None else counts[::-1]
        return super().sum_rows(words, counts)


class OtherOrderInWholePasses(OtherOrderInLongCalls):
    """Only calls longer than the crafted reviews add up in another order."""

    # Where the sigmoid saturates at once, the order leaves no trace in any bit.
    expected = ("uncertified", "certified")
    longer_than = 50


class BatchOneAfterOther(Batches):
    """The steps of a batch are subtracted one by one; and there is no reset."""

    def learn(self, batch, layer_1, steps):
        weights_1_2 = self.weights_1_2.copy()
        for (words, values, _), inner, step in zip(batch, layer_1, steps, strict=True):
            self.weights_1_2 -= step * inner
            self.weights_0_1[words] -= np.outer(values, step * weights_1_2)


class BatchByProducts(BatchOneAfterOther):
    """The words of a batch are gathered, and two matrix products make its step."""

    def learn(self, batch, layer_1, steps):
        words = np.unique(np.concatenate([words for words, _, _ in batch]))
        layer_0 = np.zeros((len(batch), len(words)), layer_1.dtype)
        for row, (present, values, _) in zip(layer_0, batch, strict=True):
            row[np.searchsorted(words, present)] = values
        self.weights_0_1[words] -= layer_0.T @ np.outer(steps, self.weights_1_2)
        self.weights_1_2 -= steps @ layer_1


class BatchDividedLast(BatchOneAfterOther):
    """The steps are added up over the batch and only then divided by its length."""

    def learn(self, batch, layer_1, steps):
        words, place = np.unique(
            np.concatenate([words for words, _, _ in batch]), return_inverse=True
        )
        deltas = steps * len(batch)
        gradients = np.zeros((len(words), layer_1.shape[1]), layer_1.dtype)
        products = [
            np.outer(values, delta * self.weights_1_2)
            for (_, values, _), delta in zip(batch, deltas, strict=True)
        ]
        np.add.at(gradients, place, np.concatenate(products))
        self.weights_0_1[words] -= gradients / len(batch)
        self.weights_1_2 -= deltas @ layer_1 / len(batch)
