"""Wrong in batches, of which one step is the mean; fault and differs: see wrong_steps.py."""

from __future__ import annotations

import numpy as np
from pieces import OUTPUT, ROWS, STEP, Batches


class SumOfBatch(Batches):
    """The steps of a batch are added up, not averaged."""

    fault = STEP
    differs = ("batches",)

    def divisor(self, batch):
        return 1


class ShortBatchByFullSize(Batches):
    """The last batch is divided by the size that it would have had."""

    fault = STEP
    differs = ("batches", "short last batch")

    def divisor(self, batch):
        return self.batch_size


class ShortBatchDropped(Batches):
    """The last batch is forgotten if it is short."""

    fault = OUTPUT
    differs = ("batches", "short last batch")

    def train(self, prepared):
        full = [batch for batch in prepared if len(batch) == self.batch_size]
        outputs = super().train(full)
        missing = sum(len(batch) for batch in prepared) - len(outputs)
        return np.append(outputs, np.zeros(missing, outputs.dtype))


class RepeatsLostInBatch(Batches):
    """weights[words] -= steps for a whole batch: a word of two reviews gets one step."""

    fault = ROWS
    differs = ("batches",)

    def update_rows(self, batch, step_0_1):
        words = np.concatenate([words for words, _, _ in batch])
        steps = [np.outer(batch[i][1], step) for i, step in enumerate(step_0_1)]
        self.weights_0_1[words] -= np.concatenate(steps)


class OneByOne(Batches):
    """The batch size only divides the rate: every output sees the updates before it."""

    # In float32 the outputs of the first crafted batch are within their bounds, its rows are not.
    fault = f"{OUTPUT}|{STEP}"
    differs = ("batches",)

    def prepare(self, reviews):
        return [[review] for batch in super().prepare(reviews) for review in batch]

    def divisor(self, batch):
        return self.batch_size


class RowsOnlyMean(Batches):
    """weights_1_2 get the mean step, the rows the sum."""

    fault = ROWS
    differs = ("batches",)

    def update_rows(self, batch, step_0_1):
        super().update_rows(batch, step_0_1 * len(batch))


class BatchByUpdatedWeights(Batches):
    """The hidden deltas of a batch are taken with weights_1_2 as they are after their update."""

    fault = ROWS

    def learn(self, batch, layer_1, steps):
        self.weights_1_2 -= steps @ layer_1
        self.update_rows(batch, np.outer(steps, self.weights_1_2))
