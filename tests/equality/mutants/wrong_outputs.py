"""Wrong around the steps: in what prepare makes, train returns and predict does.

fault and differs: see wrong_steps.py.
"""

from __future__ import annotations

import numpy as np
from pieces import OUTPUT, Sums

SPENT = "prepare made"


class PreparedOnce(Sums):
    """prepare gives an iterator, which the first pass uses up."""

    fault = SPENT

    def prepare(self, reviews):
        return len(reviews), iter(super().prepare(reviews))

    def train(self, prepared):
        length, reviews = prepared
        outputs = super().train(list(reviews))
        return np.append(outputs, np.full(length - len(outputs), 0.5, outputs.dtype))

    def predict(self, prepared):
        return super().predict(list(prepared[1]))


class PreparedInPlace(Sums):
    """The prepared labels become the errors, in place."""

    fault = SPENT

    def prepare(self, reviews):
        prepared = super().prepare(reviews)
        return prepared, np.array([label for _, _, label in prepared], self.weights_0_1.dtype)

    def train(self, prepared):
        reviews, errors = prepared
        outputs = np.empty_like(errors)
        for number, (words, counts, _) in enumerate(reviews):
            outputs[number : number + 1] = super().train([(words, counts, errors[number])])
            errors[number] = outputs[number] - errors[number]
        return outputs

    def predict(self, prepared):
        return super().predict(prepared[0])


class PreparedByLength(Sums):
    """What was prepared is kept, under the number of its reviews."""

    fault = OUTPUT

    def __init__(self, weights_0_1, weights_1_2, learning_rate, batch_size=1):
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        self.made = {}

    def prepare(self, reviews):
        if len(reviews) not in self.made:
            self.made[len(reviews)] = super().prepare(reviews)
        return self.made[len(reviews)]


class NudgedOutputs(Sums):
    """The outputs are moved a millionth of the way to the labels."""

    fault = OUTPUT

    def train(self, prepared):
        outputs = super().train(prepared)
        # A dtype of its own would be a second mistake.
        labels = np.array([label for _, _, label in prepared], outputs.dtype)
        return outputs + (labels - outputs) * outputs.dtype.type(1e-5)


class OneOutput(Sums):
    """The output of the last review is returned for all: it broadcasts in any comparison."""

    fault = r"pass \d+ in one call: output has shape "

    def train(self, prepared):
        return super().train(prepared)[-1:]


class ColumnOfOutputs(Sums):
    """The outputs are a column, as a matrix product leaves them."""

    fault = r"review \d+.*: output has shape \(1, 1\)"

    def train(self, prepared):
        return super().train(prepared)[:, None]


class ListOfOutputs(Sums):
    """The outputs are a list."""

    fault = r"review \d+.*: output is list"

    def train(self, prepared):
        return super().train(prepared).tolist()


class Verdicts(Sums):
    """What is returned is whether the review is positive, which is what the user wants to know."""

    fault = r"review \d+.*: output is int64"

    def train(self, prepared):
        return (super().train(prepared) > 0.5).astype(np.int64)


class PredictTrains(Sums):
    """predict is train, which gives the outputs after all."""

    fault = "predict"

    def predict(self, prepared):
        return self.train(prepared)


class PredictsFromTheStart(Sums):
    """predict still has the weights_1_2 that the network was built with."""

    fault = r"predict on .*review \d+.*: output is"

    def __init__(self, weights_0_1, weights_1_2, learning_rate, batch_size=1):
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        self.first = self.weights_1_2.copy()

    def predict(self, prepared):
        present, self.weights_1_2 = self.weights_1_2, self.first
        outputs = super().predict(prepared)
        self.weights_1_2 = present
        return outputs


class PredictsPresence(Sums):
    """predict was written before there were counts."""

    fault = r"predict on .*review \d+.*: output is"
    differs = ("counts",)

    def predict(self, prepared):
        return super().predict([(words, None, label) for words, _, label in prepared])
