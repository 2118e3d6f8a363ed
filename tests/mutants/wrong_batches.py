"""Wrong in batches, of which one step is the mean; fault and differs: see wrong_steps.py."""

from __future__ import annotations

import numpy as np

from skipzeros import Network

OUTPUT = r"review \d+.*: output is"
STEP = r"review \d+.*: (?:weights_1_2\[\d+\]|weights_0_1\[\d+, \d+\]) is"
ROWS = r"review \d+.*: weights_0_1\[\d+, \d+\] is"


class _Batches(Network):
    """Right: the outputs of a batch first, then the mean of its steps, one after the other."""

    accepts_counts = accepts_batches = True
    dtypes = ("float64", "float32")
    weights_0_1 = weights_1_2 = np.zeros(0)

    def __init__(self, weights_0_1, weights_1_2, learning_rate, batch_size=1):
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        self.weights_0_1, self.weights_1_2 = weights_0_1.copy(), weights_1_2.copy()

    def prepare(self, reviews):
        dtype, size = self.weights_0_1.dtype, self.batch_size
        values = [
            (words, np.ones(len(words), dtype) if counts is None else counts.astype(dtype), label)
            for words, counts, label in reviews
        ]
        return [values[start : start + size] for start in range(0, len(values), size)]

    def train(self, prepared):
        outputs = [np.empty(0, self.weights_0_1.dtype)]
        for batch in prepared:
            layer_1, layer_2 = self.forward(batch)
            outputs.append(layer_2)
            labels = np.array([label for _, _, label in batch], layer_2.dtype)
            delta_2 = (layer_2 - labels) * layer_2 * (1 - layer_2)
            self.learn(batch, layer_1, self.learning_rate * delta_2 / self.divisor(batch))
        return np.concatenate(outputs)

    def predict(self, prepared):
        return np.concatenate(
            [np.empty(0, self.weights_0_1.dtype), *(self.forward(batch)[1] for batch in prepared)]
        )

    @np.errstate(over="ignore")
    def forward(self, batch):
        layer_1 = np.stack([values @ self.weights_0_1[words] for words, values, _ in batch])
        return layer_1, 1 / (1 + np.exp(-(layer_1 @ self.weights_1_2)))

    def divisor(self, batch):
        return len(batch)

    def learn(self, batch, layer_1, steps):
        step_0_1 = np.outer(steps, self.weights_1_2)
        self.weights_1_2 -= steps @ layer_1
        self.update_rows(batch, step_0_1)

    def update_rows(self, batch, step_0_1):
        for (words, values, _), step in zip(batch, step_0_1, strict=True):
            self.weights_0_1[words] -= np.outer(values, step)


class SumOfBatch(_Batches):
    """The steps of a batch are added up, not averaged."""

    fault = STEP
    differs = ("batches",)

    def divisor(self, batch):
        return 1


class ShortBatchByFullSize(_Batches):
    """The last batch is divided by the size that it would have had."""

    fault = STEP
    differs = ("batches", "short last batch")

    def divisor(self, batch):
        return self.batch_size


class ShortBatchDropped(_Batches):
    """The last batch is forgotten if it is short."""

    fault = OUTPUT
    differs = ("batches", "short last batch")

    def train(self, prepared):
        full = [batch for batch in prepared if len(batch) == self.batch_size]
        outputs = super().train(full)
        missing = sum(len(batch) for batch in prepared) - len(outputs)
        return np.append(outputs, np.zeros(missing, outputs.dtype))


class RepeatsLostInBatch(_Batches):
    """weights[words] -= steps for a whole batch: a word of two reviews gets one step."""

    fault = ROWS
    differs = ("batches",)

    def update_rows(self, batch, step_0_1):
        words = np.concatenate([words for words, _, _ in batch])
        steps = [np.outer(batch[i][1], step) for i, step in enumerate(step_0_1)]
        self.weights_0_1[words] -= np.concatenate(steps)


class OneByOne(_Batches):
    """The batch size only divides the rate: every output sees the updates before it."""

    # In float32 the outputs of the first crafted batch are within their bounds, its rows are not.
    fault = f"{OUTPUT}|{STEP}"
    differs = ("batches",)

    def prepare(self, reviews):
        return [[review] for batch in super().prepare(reviews) for review in batch]

    def divisor(self, batch):
        return self.batch_size


class RowsOnlyMean(_Batches):
    """weights_1_2 get the mean step, the rows the sum."""

    fault = ROWS
    differs = ("batches",)

    def update_rows(self, batch, step_0_1):
        super().update_rows(batch, step_0_1 * len(batch))


class BatchByUpdatedWeights(_Batches):
    """The hidden deltas of a batch are taken with weights_1_2 as they are after their update."""

    fault = ROWS

    def learn(self, batch, layer_1, steps):
        self.weights_1_2 -= steps @ layer_1
        self.update_rows(batch, np.outer(steps, self.weights_1_2))
