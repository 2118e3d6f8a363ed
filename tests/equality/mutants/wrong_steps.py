"""Wrong in the arithmetic of a step: each class is one mistake of a person in a hurry.

A class says of itself, beside what every network says:

fault: what the certificate's reason must match.
differs: what must hold of a scenario for the mistake to show; without it, nothing need.
"""

from __future__ import annotations

import numpy as np
from pieces import OUTPUT, ROWS, STEP, WEIGHTS_1_2, Loop


class UpdatedWeights(Loop):
    """The hidden delta is taken with weights_1_2 as they are after their update."""

    fault = ROWS

    def learn(self, words, counts, layer_1, step):
        self.weights_1_2 -= step * layer_1
        self.update_rows(words, counts, step * self.weights_1_2)


class RateTwice(Loop):
    """The learning rate is in the delta already and is applied again to weights_1_2."""

    fault = WEIGHTS_1_2
    differs = ("rate below 1",)

    def learn(self, words, counts, layer_1, step):
        step_0_1 = step * self.weights_1_2
        self.weights_1_2 -= self.learning_rate * step * layer_1
        self.update_rows(words, counts, step_0_1)


class NoDerivative(Loop):
    """The delta of the cross entropy, in which the sigmoid's derivative cancels."""

    fault = STEP

    def delta(self, output, label):
        return output - label


class DerivativeOfZ(Loop):
    """The derivative x * (1 - x) is applied to what goes into the sigmoid, not what comes out."""

    fault = STEP

    def delta(self, output, label):
        z = np.log(output / (1 - output))
        return (output - label) * z * (1 - z)


class FactorTwo(Loop):
    """The 2 of the squared error's derivative is kept."""

    fault = STEP

    def delta(self, output, label):
        return 2 * super().delta(output, label)


class WrongSign(Loop):
    """Label minus output, but weights_1_2 are still stepped down."""

    fault = WEIGHTS_1_2

    def learn(self, words, counts, layer_1, step):
        super().learn(words, counts, -layer_1, step)


class FrozenWeights12(Loop):
    """Only the embedding is trained: weights_1_2 stay as they were drawn."""

    fault = WEIGHTS_1_2

    def learn(self, words, counts, layer_1, step):
        self.update_rows(words, counts, step * self.weights_1_2)


class RateByWords(Loop):
    """The rate is divided by the number of words, so that long reviews don't dominate."""

    fault = STEP

    def learn(self, words, counts, layer_1, step):
        super().learn(words, counts, layer_1, step / max(len(words), 1))


class OnlyMistakes(Loop):
    """A review that comes out right already is not learnt from, as a perceptron does it."""

    fault = STEP

    def delta(self, output, label):
        return super().delta(output, label) * (abs(output - label) >= 0.5)


class SkipsTheSure(Loop):
    """A review whose output is within a tenth of its label is passed over to save time."""

    fault = STEP

    def delta(self, output, label):
        return super().delta(output, label) * (abs(output - label) >= 0.1)


class MeanOfRows(Loop):
    """The mean of the rows, as an embedding bag has it by default."""

    fault = OUTPUT

    def sum_rows(self, words, counts):
        return super().sum_rows(words, counts) / max(len(words), 1)


class Rectified(Loop):
    """The hidden layer gets the activation that hidden layers have everywhere else."""

    fault = OUTPUT

    def sum_rows(self, words, counts):
        return np.maximum(super().sum_rows(words, counts), 0)


class LearnsBias(Loop):
    """The output has a bias that is learnt, and that no reset ever clears."""

    fault = OUTPUT
    bias = 0.0

    def activate(self, z):
        return super().activate(z + self.bias)

    def learn(self, words, counts, layer_1, step):
        super().learn(words, counts, layer_1, step)
        self.bias -= step


class NeverCleared(Loop):
    """The buffer in which a review's rows are summed is not set to zero before."""

    fault = OUTPUT
    buffer = 0

    def sum_rows(self, words, counts):
        self.buffer = self.buffer + super().sum_rows(words, counts)
        return self.buffer


class OutputAfterUpdate(Loop):
    """The output of a review is read after the network has learnt from it."""

    fault = OUTPUT

    def train(self, prepared):
        outputs = np.empty(len(prepared), self.weights_0_1.dtype)
        for review in range(len(prepared)):
            super().train(prepared[review : review + 1])
            outputs[review : review + 1] = self.predict(prepared[review : review + 1])
        return outputs
