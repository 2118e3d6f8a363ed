"""A right network in plain numpy, with hooks that the wrong ones override."""

from __future__ import annotations

import numpy as np

from skipzeros import Network


class Right(Network):
    """The right network, in numpy, with hooks that the wrong ones override."""

    accepts_counts = True
    accepts_batches = True
    dtypes = ("float64", "float32")

    def __init__(self, weights_0_1, weights_1_2, learning_rate, batch_size=1):
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        self.w01 = weights_0_1.copy()
        self.w12 = weights_1_2.copy()
        self.vocabulary, self.hidden = weights_0_1.shape

    @property
    def weights_0_1(self):
        return self.w01

    @property
    def weights_1_2(self):
        return self.w12

    def reset(self, weights_0_1, weights_1_2):
        self.w01[...] = weights_0_1
        self.w12[...] = weights_1_2

    # The form of the reviews.

    def ids(self, words):
        return words

    def packed(self, counts):
        return counts

    def review(self, words, counts, label):
        words = self.ids(words)
        counts = None if counts is None else self.packed(counts)
        return words, None if counts is None else counts.astype(self.w01.dtype), label

    def prepare(self, reviews):
        labels = reviews.labels.astype(self.w01.dtype)
        return [
            self.review(words, counts, label)
            for (words, counts, _), label in zip(reviews, labels, strict=True)
        ]

    # Forward.

    def sum_rows(self, words, counts):
        rows = self.w01[words]
        return rows.sum(axis=0) if counts is None else counts @ rows

    def sigmoid(self, z):
        return 1 / (1 + np.exp(-z))

    def output(self, layer, words):
        return self.sigmoid(layer @ self.w12)

    def forward(self, batch, outputs):
        layers = [self.sum_rows(words, counts) for words, counts, _ in batch]
        for i, (layer, (words, _, _)) in enumerate(zip(layers, batch, strict=True)):
            outputs[i] = self.output(layer, words)
        return layers

    # Backward.

    def divisor(self, batch):
        return len(batch)

    def step(self, output, label, n):
        return self.learning_rate * ((output - label) * output * (1 - output)) / n

    def before(self, n):
        return self.w12.copy()

    def subtract(self, words, values):
        self.w01[words] -= values

    def scatter(self, words, values, n):
        unique, inverse = np.unique(words, return_inverse=True)
        total = np.zeros((len(unique), self.hidden), self.w01.dtype)
        np.add.at(total, inverse, values)
        self.subtract(unique, total)

    def update_rows(self, words, counts, step):
        self.subtract(words, step if counts is None else np.outer(counts, step))

    def update_batch(self, batch, steps):
        if len(batch) == 1:
            self.update_rows(batch[0][0], batch[0][1], steps[0])
            return
        values = [
            np.broadcast_to(step, (len(words), self.hidden))
            if counts is None
            else np.outer(counts, step)
            for (words, counts, _), step in zip(batch, steps, strict=True)
        ]
        words = np.concatenate([words for words, _, _ in batch])
        self.scatter(words, np.concatenate(values), len(batch))

    def backward(self, batch, layers, outputs):
        n = self.divisor(batch)
        steps = np.array(
            [
                self.step(output, label, n)
                for output, (_, _, label) in zip(outputs, batch, strict=True)
            ],
            self.w01.dtype,
        )
        before = self.before(len(batch))
        self.w12 -= steps @ np.array(layers)
        self.update_batch(batch, np.outer(steps, before))

    # The calls.

    def train_batch(self, batch, outputs):
        self.backward(batch, self.forward(batch, outputs), outputs)

    def new_outputs(self, n):
        return np.zeros(n, self.w01.dtype)

    def batches(self, n):
        for start in range(0, n, self.batch_size):
            yield start, min(start + self.batch_size, n)

    @np.errstate(over="ignore", invalid="ignore")
    def train(self, prepared):
        outputs = self.new_outputs(len(prepared))
        for start, stop in self.batches(len(prepared)):
            self.train_batch(prepared[start:stop], outputs[start:stop])
        return outputs

    @np.errstate(over="ignore", invalid="ignore")
    def predict(self, prepared):
        outputs = self.new_outputs(len(prepared))
        for i in range(len(prepared)):
            self.forward(prepared[i : i + 1], outputs[i : i + 1])
        return outputs


def whole(counts, top):
    """Say whether the counts are whole numbers from 0 to top."""
    return (
        counts.size
        and (counts == np.rint(counts)).all()
        and counts.min() >= 0
        and counts.max() <= top
    )
