"""Mistakes that show in certain cases only: sure outputs, first weights and rates."""

from __future__ import annotations

import numpy as np
from plain_numpy import Right


class SaturatesAt30(Right):
    """The sigmoid is exactly 0 or 1 beyond -30 and 30."""

    def sigmoid(self, z):
        return z.dtype.type(z > 0) if abs(z) > 30 else super().sigmoid(z)


class UnlearnedWhenSure(Right):
    """A review of which the network is surer than 1e-11 (|z| above 25) updates nothing."""

    def step(self, output, label, n):
        return 0 if output < 1e-11 or output > 1 - 1e-11 else super().step(output, label, n)


class SquaresOverflow(Right):
    """A layer_1 whose squares overflow (1e30 in float32, 1e200) is taken for broken and zeroed."""

    def sum_rows(self, words, counts):
        layer = super().sum_rows(words, counts)
        return layer if np.isfinite((layer * layer).sum()) else np.zeros_like(layer)


class AnyUnitZero(Right):
    """The rows' update is skipped where any value of it is 0, instead of all (a 0 in weights_1_2)."""

    def subtract(self, words, values):
        if np.all(values):
            super().subtract(words, values)


class RateHardCoded(Right):
    """The learning rate is 0.1 whatever is passed in."""

    def step(self, output, label, n):
        return 0.1 * ((output - label) * output * (1 - output)) / n


class RateOrDefault(Right):
    """``learning_rate or 0.1``: rate 0 becomes 0.1."""

    def step(self, output, label, n):
        return (self.learning_rate or 0.1) * ((output - label) * output * (1 - output)) / n


class RateInThousandths(Right):
    """The learning rate is kept in whole thousandths: 0.0001 becomes 0 and 0.0123 becomes 0.012."""

    def step(self, output, label, n):
        rate = round(self.learning_rate * 1000) / 1000
        return rate * ((output - label) * output * (1 - output)) / n


class RateUpToOne(Right):
    """Learning rates above 1 are cut down to 1."""

    def step(self, output, label, n):
        return min(self.learning_rate, 1.0) * ((output - label) * output * (1 - output)) / n


class DeadStaysDead(Right):
    """Where weights_1_2 is all 0 nothing is updated: right for the rows, and weights_1_2 should move."""

    def backward(self, batch, layers, outputs):
        if self.w12.any():
            super().backward(batch, layers, outputs)


class ClipsWeights12(Right):
    """Steps of weights_1_2 are clipped to -1 and 1, which ordinary reviews don't reach."""

    def backward(self, batch, layers, outputs):
        before = self.w12.copy()
        super().backward(batch, layers, outputs)
        self.w12[...] = before + np.clip(self.w12 - before, -1, 1)


class ClipsRows(Right):
    """Steps of the rows are clipped to -1 and 1, which ordinary reviews don't reach."""

    def update_batch(self, batch, steps):
        super().update_batch(batch, np.clip(steps, -1, 1))
