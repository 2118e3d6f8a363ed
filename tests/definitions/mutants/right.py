"""Right, and each computed in another way."""

from __future__ import annotations

import math

import numpy as np
from plain import Plain


class InPlainNumpy(Plain):
    """The pieces as they are."""


class FromTheEnd(Plain):
    """Sums of rows and of batches from the last one to the first."""

    def total(self, terms):
        return terms[::-1].sum(axis=0)

    def mean(self, slopes, reviews):
        return super().mean(slopes[::-1], reviews)


class OneByOne(Plain):
    """Rows are added one by one to the bias."""

    def before(self, words, counts):
        if self.definition == "classifier-mean":
            return super().before(words, counts)
        found = self.bias(words).copy()
        for word, count in zip(words, counts, strict=True):
            found += count * self.weights_0_1[word]
        return found


class BySigmoidOfTanh(Plain):
    """(1 + tanh(z / 2)) / 2 for the sigmoid."""

    def sigmoid(self, z):
        return ((1 + np.tanh(z / 2)) / 2).astype(z.dtype)


class MeanOfShares(Plain):
    """Each slope is divided before they are added, by a product with 1 / n."""

    def mean(self, slopes, reviews):
        share = slopes[0].dtype.type(1 / reviews)
        return sum((share * slope for slope in slopes[1:]), share * slopes[0])


class ShareOfEachRow(Plain):
    """Each row is multiplied by its share, then they are added."""

    def before(self, words, counts):
        counts = counts * self.share(counts)
        return self.total(counts[:, None] * self.weights_0_1[words]) + self.bias(words)


class GateOfTheRelu(Plain):
    """The gate is open where the relu is above 0."""

    def gate(self, before):
        return self.relu(before) > 0


class ExactSums(Plain):
    """Sums without rounding."""

    def total(self, terms):
        return np.array([math.fsum(column) for column in terms.T.tolist()], terms.dtype)


class RateFirst(Plain):
    """The quotient of Adagrad is taken first, or the rate comes first."""

    def descend(self, array, squares, slope, place):
        rate = slope.dtype.type(self.learning_rate)
        if squares is None:
            array[place] = array[place] - slope * rate
            return
        squares[place] += slope**2
        array[place] -= slope / self.root(squares[place]) * rate
