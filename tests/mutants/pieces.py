"""What the networks here are made of: the lesson's loop, right, in pieces to be replaced."""

from __future__ import annotations

import numpy as np

from skipzeros import OnlineNetwork

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
