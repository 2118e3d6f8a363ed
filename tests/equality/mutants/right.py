"""Right, each in its own way: the certificate must pass them all, or it is of no use.

Here the same numbers are added, multiplied and rounded in other orders; right_storage.py keeps
them elsewhere, or at other times.
"""

from __future__ import annotations

import math

import numpy as np

from skipzeros import OnlineNetwork


class _Loop(OnlineNetwork):
    """The lesson's loop, in pieces of which each class below replaces one."""

    accepts_counts = True

    def weighted(self, words, counts):
        rows = self.weights_0_1[words]
        return rows if counts is None else rows * counts[:, None]

    def sum_rows(self, words, counts):
        return np.add.reduce(self.weighted(words, counts), axis=0)

    def update_rows(self, words, counts, step):
        self.weights_0_1[words] -= step if counts is None else np.outer(counts, step)

    def activate(self, z):
        return 1 / (1 + np.exp(-z))

    def delta(self, output, label):
        return (output - label) * output * (1 - output)

    def learn(self, words, counts, layer_1, delta):
        step = self.learning_rate * delta
        step_0_1 = step * self.weights_1_2
        self.weights_1_2 -= step * layer_1
        self.update_rows(words, counts, step_0_1)

    @np.errstate(over="ignore")
    def train(self, prepared):
        outputs = np.empty(len(prepared), self.weights_0_1.dtype)
        for review, (words, counts, label) in enumerate(prepared):
            layer_1 = self.sum_rows(words, counts)
            outputs[review] = layer_2 = self.activate(layer_1 @ self.weights_1_2)
            self.learn(words, counts, layer_1, self.delta(layer_2, label))
        return outputs

    @np.errstate(over="ignore")
    def predict(self, prepared):
        z = [self.sum_rows(words, counts) @ self.weights_1_2 for words, counts, _ in prepared]
        return np.array([self.activate(one) for one in z], self.weights_0_1.dtype)


class Reversed(_Loop):
    """The last word first."""

    def sum_rows(self, words, counts):
        # reduce adds up neighbouring rows in the order in which they lie, so they must be moved.
        return np.add.reduce(np.ascontiguousarray(self.weighted(words, counts)[::-1]), axis=0)


class SortedWords(_Loop):
    """The words in the order of their ids."""

    def sum_rows(self, words, counts):
        order = np.argsort(words)
        return super().sum_rows(words[order], None if counts is None else counts[order])


class Pairwise(_Loop):
    """Halves, and halves of halves."""

    def sum_rows(self, words, counts):
        def halves(rows):
            middle = len(rows) // 2
            return halves(rows[:middle]) + halves(rows[middle:]) if middle else rows.sum(axis=0)

        return halves(self.weighted(words, counts))


class PairwiseByNumpy(_Loop):
    """Columns that lie in one piece, which numpy sums in pairs."""

    def sum_rows(self, words, counts):
        return np.ascontiguousarray(self.weighted(words, counts).T).sum(axis=1)


class Blocked(_Loop):
    """Eight partial sums, as a vector unit has them."""

    def sum_rows(self, words, counts):
        rows = self.weighted(words, counts)
        return sum((rows[lane::8].sum(axis=0) for lane in range(1, 8)), rows[::8].sum(axis=0))


class FusedMultiplyAdd(_Loop):
    """Products are added before they are rounded, forward and backward."""

    def fused(self, a, b, c):
        return (np.longdouble(a) * b + c).astype(self.weights_0_1.dtype)

    def sum_rows(self, words, counts):
        layer_1 = np.zeros(self.weights_0_1.shape[1], self.weights_0_1.dtype)
        for index, word in enumerate(words):
            value = 1 if counts is None else counts[index]
            layer_1 = self.fused(value, self.weights_0_1[word], layer_1)
        return layer_1

    def learn(self, words, counts, layer_1, delta):
        step = self.learning_rate * delta
        step_0_1 = step * self.weights_1_2
        self.weights_1_2 = self.fused(-step, layer_1, self.weights_1_2)
        values = np.ones(len(words)) if counts is None else counts
        self.weights_0_1[words] = self.fused(-values[:, None], step_0_1, self.weights_0_1[words])


class LongDoubleSums(_Loop):
    """The accumulators are wider than the weights."""

    def sum_rows(self, words, counts):
        rows = self.weights_0_1[words].astype(np.longdouble)
        rows = rows if counts is None else rows * counts[:, None]
        return rows.sum(axis=0).astype(self.weights_0_1.dtype)


class Float64Inside(_Loop):
    """float32 weights are multiplied and added in float64, and rounded as they are stored."""

    def learn(self, words, counts, layer_1, delta):
        super().learn(words, counts, layer_1.astype(np.float64), np.float64(delta))

    def sum_rows(self, words, counts):
        return self.weighted(words, counts).sum(axis=0, dtype=np.float64)


class ExactSums(_Loop):
    """math.fsum rounds once, at the end."""

    def sum_rows(self, words, counts):
        columns = self.weighted(words, counts).T
        return np.array([math.fsum(column) for column in columns], columns.dtype)


class Compensated(_Loop):
    """Kahan's summation carries what each addition lost."""

    def sum_rows(self, words, counts):
        total = lost = np.zeros(self.weights_0_1.shape[1], self.weights_0_1.dtype)
        for row in self.weighted(words, counts):
            row = row - lost
            total, before = total + row, total
            lost = (total - before) - row
        return total


class Einsum(_Loop):
    """The product written as a sum over an index."""

    def sum_rows(self, words, counts):
        values = np.ones(len(words), self.weights_0_1.dtype) if counts is None else counts
        return np.einsum("w,wh->h", values, self.weights_0_1[words])


class ProductWithOnes(_Loop):
    """A matrix product, in whatever order and with whatever fused operations BLAS likes."""

    def sum_rows(self, words, counts):
        values = np.ones(len(words), self.weights_0_1.dtype) if counts is None else counts
        return values @ self.weights_0_1[words]


class SubtractAt(_Loop):
    """One word after the other, by numpy's unbuffered operation."""

    def update_rows(self, words, counts, step):
        values = np.ones(len(words), self.weights_0_1.dtype) if counts is None else counts
        np.subtract.at(self.weights_0_1, words, np.outer(values, step))


class Tanh(_Loop):
    """The sigmoid by the hyperbolic tangent, exact in absolute terms only."""

    def activate(self, z):
        return (1 + np.tanh(z / 2)) / 2


class ExpOverOnePlusExp(_Loop):
    """exp(z) / (1 + exp(z)), kept from overflowing."""

    def activate(self, z):
        e = np.exp(-abs(z))
        return 1 / (1 + e) if z >= 0 else e / (1 + e)


class DerivativeFirst(_Loop):
    """The sigmoid's derivative in brackets."""

    def delta(self, output, label):
        return (output - label) * (output * (1 - output))


class DerivativeBySquare(_Loop):
    """output - output ** 2, which a nearly certain output makes nearly nothing."""

    def delta(self, output, label):
        return (output - label) * (output - output * output)


class ErrorTimesOutputTwice(_Loop):
    """error * output - error * output ** 2."""

    def delta(self, output, label):
        error = output - label
        return error * output - error * output * output


class RateAtTheEnd(_Loop):
    """The gradients first, then the rate: one rounding more for each weight."""

    def learn(self, words, counts, layer_1, delta):
        gradient_0_1 = delta * self.weights_1_2
        self.weights_1_2 -= self.learning_rate * (delta * layer_1)
        self.update_rows(words, counts, self.learning_rate * gradient_0_1)


class StepPerCount(_Loop):
    """The count joins the delta before the weights do."""

    def learn(self, words, counts, layer_1, delta):
        step = self.learning_rate * delta
        steps = np.full(len(words), step) if counts is None else counts * step
        self.weights_0_1[words] -= np.outer(steps, self.weights_1_2)
        self.weights_1_2 -= step * layer_1
