"""Wrong in precision: numbers cut short, and sigmoids that are nearly one.

fault and differs: see wrong_steps.py.
"""

from __future__ import annotations

import numpy as np
from pieces import OUTPUT, STEP, Loop


class Float32Sum(Loop):
    """The rows are summed in float32, whatever the weights are."""

    fault = OUTPUT
    differs = ("float64",)

    def sum_rows(self, words, counts):
        layer_1 = super().sum_rows(words, counts)
        return layer_1.astype(np.float32).astype(layer_1.dtype)


class Float32Step(Loop):
    """The step is rounded to float32 on its way to the weights."""

    fault = STEP
    differs = ("float64",)

    def learn(self, words, counts, layer_1, step):
        super().learn(words, counts, layer_1, np.float32(step))


class Float32Rate(Loop):
    """The learning rate is stored as float32, in which there is no 0.1."""

    fault = STEP
    differs = ("float64", "rate below 1")

    def __init__(self, weights_0_1, weights_1_2, learning_rate, batch_size=1):
        super().__init__(weights_0_1, weights_1_2, float(np.float32(learning_rate)), batch_size)


class Float32Outputs(Loop):
    """The array of outputs is float32, though all is computed in float64."""

    fault = OUTPUT
    differs = ("float64",)

    def train(self, prepared):
        return super().train(prepared).astype(np.float32)


class SigmoidOffBy1e9(Loop):
    """A fitted sigmoid, good to nine digits."""

    fault = OUTPUT
    differs = ("float64",)

    def activate(self, z):
        return super().activate(z) * (1 + 1e-9)


class SigmoidTable(Loop):
    """The sigmoid is looked up between 512 points."""

    fault = OUTPUT
    points = np.linspace(-16, 16, 512)

    def activate(self, z):
        return np.interp(z, self.points, super().activate(self.points))


class HardSigmoid(Loop):
    """The straight line that stands for a sigmoid on phones."""

    fault = OUTPUT

    def activate(self, z):
        return np.clip(z / 6 + 0.5, 0, 1)


class ClippedAt30(Loop):
    """z is clipped, so that exp never overflows: 1e-13 where it should be nothing."""

    fault = OUTPUT
    differs = ("float64",)

    def activate(self, z):
        return super().activate(np.clip(z, -30, 30))


class ClippedOutputs(Loop):
    """Outputs are kept off 0 and 1, as one does it before a logarithm."""

    fault = OUTPUT
    differs = ("float64",)

    def activate(self, z):
        return np.clip(super().activate(z), 1e-7, 1 - 1e-7)


class OverflowsToNaN(Loop):
    """exp(z) / (1 + exp(z)), and nobody thinks of z over 709."""

    fault = r"review \d+ .*: output is nan"

    def activate(self, z):
        return np.exp(z) / (1 + np.exp(z))
