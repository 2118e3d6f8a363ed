"""What the networks here are made of: the lesson's loop, right, in pieces to be replaced."""

from __future__ import annotations

import numpy as np

from skipzeros import Network, OnlineNetwork

# What a certificate's reason says of a figure.
OUTPUT = r"review \d+.*: output is"
WEIGHTS_1_2 = r"review \d+.*: weights_1_2\[\d+\] is"
ROWS = r"review \d+.*: weights_0_1\[\d+, \d+\] is"
STEP = f"{WEIGHTS_1_2}|{ROWS}"


class Sums(OnlineNetwork):
    """Rows that numpy gathers, with counts or without."""

    accepts_counts = True

    def sum_rows(self, words, counts):
        rows = self.weights_0_1[words]
        return np.add.reduce(rows if counts is None else rows * counts[:, None], axis=0)

    def update_rows(self, words, counts, step):
        self.weights_0_1[words] -= step if counts is None else np.outer(counts, step)


class Loop(Sums):
    """The training loop too, each piece a method."""

    def activate(self, z):
        return 1 / (1 + np.exp(-z))

    def delta(self, output, label):
        return (output - label) * output * (1 - output)

    def learn(self, words, counts, layer_1, step):
        step_0_1 = step * self.weights_1_2
        self.weights_1_2 -= step * layer_1
        self.update_rows(words, counts, step_0_1)

    # What numpy would warn of is for the certificate to find.
    @np.errstate(all="ignore")
    def train(self, prepared):
        outputs = np.empty(len(prepared), self.weights_0_1.dtype)
        for review, (words, counts, label) in enumerate(prepared):
            layer_1 = self.sum_rows(words, counts)
            outputs[review] = layer_2 = self.activate(layer_1 @ self.weights_1_2)
            self.learn(words, counts, layer_1, self.learning_rate * self.delta(layer_2, label))
        return outputs

    @np.errstate(all="ignore")
    def predict(self, prepared):
        z = [self.sum_rows(words, counts) @ self.weights_1_2 for words, counts, _ in prepared]
        return np.array([self.activate(one) for one in z], self.weights_0_1.dtype)


class Batches(Network):
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
