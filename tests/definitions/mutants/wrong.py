"""Wrong: each class is one mistake that somebody might make.

differs: of which definitions the mistake is one; all if it isn't there.
batches: whether it shows in batches alone.
"""

from __future__ import annotations

import numpy as np
from plain import Plain

HIDDEN = ("classifier", "classifier-mean", "classifier-adagrad")
ADAGRAD = ("classifier-adagrad",)


class SquaredError(Plain):
    """The delta of the squared error."""

    def delta(self, output, label):
        return (output - label) * output * (1 - output)


class FactorTwo(Plain):
    """Twice the slope."""

    def delta(self, output, label):
        return 2 * (output - label)


class SmoothedLabels(Plain):
    """Labels of 0.001 and 0.999."""

    def delta(self, output, label):
        return output - (label * output.dtype.type(0.998) + output.dtype.type(0.001))


class ClippedOutput(Plain):
    """The output is kept a millionth away from 0 and 1, as logarithms want it."""

    def sigmoid(self, z):
        return np.clip(super().sigmoid(z), 1e-6, 1 - 1e-6).astype(z.dtype)


class FrozenBias(Plain):
    """The first bias is never updated."""

    def update(self, seen, batch):
        name = "bias" if self.definition == "logistic" else "bias_1"
        kept = self.beside[name].copy()
        super().update(seen, batch)
        self.beside[name][...] = kept


class FrozenOutputBias(Plain):
    """The bias of the output is never updated."""

    differs = HIDDEN

    def update(self, seen, batch):
        kept = self.beside["bias_2"].copy()
        super().update(seen, batch)
        self.beside["bias_2"][...] = kept


class NoBias(Plain):
    """The first bias is trained, and added nowhere."""

    def bias(self, words):
        return np.zeros_like(super().bias(words))


class NoGate(Plain):
    """The slope goes through the relu where it is shut too."""

    differs = HIDDEN

    def gate(self, before):
        return np.ones_like(before)


class OpenAtZero(Plain):
    """The gate is open at 0."""

    differs = HIDDEN

    def gate(self, before):
        return before >= 0


class LeakyRelu(Plain):
    """A hundredth comes through below 0."""

    differs = HIDDEN

    def relu(self, before):
        return np.where(before > 0, before, before / 100).astype(before.dtype)


class NoRelu(Plain):
    """The lesson's hidden layer, without an activation."""

    differs = HIDDEN

    def relu(self, before):
        return before

    def gate(self, before):
        return np.ones_like(before)


class UpdatedWeights(Plain):
    """The slope of the rows is taken with weights_1_2 as they are after their update."""

    differs = HIDDEN

    def update(self, seen, batch):
        old = self.weights_1_2.copy()
        for name in seen[0][2]:
            array = self.weights_1_2 if name == "weights_1_2" else self.beside[name]
            slope = self.mean([others[name] for _, _, others in seen], len(batch))
            self.descend(array, self.squares_of(name), slope, np.arange(len(array)))
        ratio = np.where(old != 0, self.weights_1_2 / np.where(old != 0, old, 1), 1)
        seen = [(output, hidden * ratio, {}) for output, hidden, _ in seen]
        super().update(seen, batch)


class HalfPrecision(Plain):
    """Sums of rows in float32, or float16 if that is what all else is in."""

    def total(self, terms):
        less = np.float32 if terms.dtype == np.float64 else np.float16
        with np.errstate(over="ignore"):
            return terms.astype(less).sum(axis=0).astype(terms.dtype)


class WeightDecay(Plain):
    """Rows decay by a millionth at each step."""

    def descend(self, array, squares, slope, place):
        super().descend(array, squares, slope, place)
        if array is self.weights_0_1:
            array[place] *= array.dtype.type(1 - 1e-5)


class RateThatFalls(Plain):
    """The rate falls by a thousandth at each step."""

    steps = 0

    def update(self, seen, batch):
        self.steps += 1
        rate, self.learning_rate = self.learning_rate, self.learning_rate / (1 + self.steps / 1000)
        super().update(seen, batch)
        self.learning_rate = rate


class ClippedSlope(Plain):
    """No slope of a row is above a tenth."""

    def mean(self, slopes, reviews):
        found = super().mean(slopes, reviews)
        return np.clip(found, -0.02, 0.02).astype(found.dtype)


class SumOfTheBatch(Plain):
    """A batch makes the sum of the steps, and not the mean."""

    batches = True

    def mean(self, slopes, reviews):
        return super().mean(slopes, 1)


class FullBatchAlways(Plain):
    """A short last batch is divided by the size of a full one."""

    batches = True

    def mean(self, slopes, reviews):
        return super().mean(slopes, self.batch_size)


class SumOfTheRows(Plain):
    """The rows are added, and their mean forgotten."""

    differs = ("classifier-mean",)

    def share(self, counts):
        return self.weights_0_1.dtype.type(1)


class MeanForwardAlone(Plain):
    """The share of a row is forgotten on the way back."""

    differs = ("classifier-mean",)

    def update(self, seen, batch):
        backward = [
            (output, hidden / self.share(one[1]), others)
            for one, (output, hidden, others) in zip(batch, seen, strict=True)
        ]
        super().update(backward, batch)


class OldSquares(Plain):
    """The root of the squares before this step."""

    differs = ADAGRAD

    def descend(self, array, squares, slope, place):
        rate, old = slope.dtype.type(self.learning_rate), squares[place].copy()
        squares[place] = self.squared(old, slope)
        with np.errstate(over="ignore"):
            array[place] -= rate * slope / self.root(old)


class EpsilonInTheRoot(Plain):
    """Epsilon is added to the squares, and not to their root."""

    differs = ADAGRAD

    def root(self, squares):
        return np.sqrt(squares + squares.dtype.type(1e-10))


class LargerEpsilon(Plain):
    """The epsilon of another library."""

    differs = ADAGRAD

    def root(self, squares):
        return np.sqrt(squares) + squares.dtype.type(1e-7)


class ForgettingSquares(Plain):
    """RMSprop: old squares fade."""

    differs = ADAGRAD

    def squared(self, old, slope):
        return old * old.dtype.type(0.99) + slope * slope


class NoRoot(Plain):
    """The slope is divided by the squares themselves."""

    differs = ADAGRAD

    def root(self, squares):
        return squares + squares.dtype.type(1e-10)


class PlainSGD(Plain):
    """The squares are summed, and not used."""

    differs = ADAGRAD

    def root(self, squares):
        return np.ones_like(squares)
