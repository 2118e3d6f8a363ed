"""Wrong between the steps: from call to call and from pass to pass.

fault and differs: see wrong_steps.py.
"""

from __future__ import annotations

import numpy as np
from pieces import OUTPUT, WEIGHTS_1_2, Sums

ROWS = r"review \d+.*: weights_0_1\[\d+, \d+\] is|row \d+ changed, but .*review \d+"
LONG_CALL = r"in one call of \d+ reviews, .*review \d+"

# A call of so many reviews is taken for a whole pass over the data.
WHOLE = 50


class LastReviewDropped(Sums):
    """The loop over the reviews ends one too early."""

    fault = OUTPUT

    def train(self, prepared):
        return np.append(super().train(prepared[:-1]), self.weights_0_1.dtype.type(0))


class LastUpdateDropped(Sums):
    """The updates run one review behind the outputs, and the last of a pass never comes."""

    fault = LONG_CALL

    def train(self, prepared):
        # One review alone has none before it: its update is made at once.
        outputs = super().train(prepared[: max(len(prepared) - 1, 1)])
        return np.append(outputs, self.predict(prepared[len(outputs) :]))


class UpdatesAtTheEnd(Sums):
    """A batch in disguise: the updates of a call are made when it ends."""

    fault = LONG_CALL

    def train(self, prepared):
        sums = [self.sum_rows(words, counts) for words, counts, _ in prepared]
        outputs, weights_1_2 = self.predict(prepared), self.weights_1_2.copy()
        for (words, counts, label), layer_1, output in zip(prepared, sums, outputs, strict=True):
            step = self.learning_rate * (output - label) * output * (1 - output)
            self.weights_1_2 -= step * layer_1
            self.update_rows(words, counts, step * weights_1_2)
        return outputs


class ShortestFirst(Sums):
    """The reviews of a call are taken by their length, and the outputs put back in order."""

    fault = LONG_CALL

    def train(self, prepared):
        order = np.argsort([len(words) for words, _, _ in prepared], kind="stable")
        outputs = np.empty(len(prepared), self.weights_0_1.dtype)
        outputs[order] = super().train([prepared[review] for review in order])
        return outputs


class LabelsOneBehind(Sums):
    """Each review of a call learns from the label of the one before it."""

    # A batch is a call of several reviews, so that it shows in a single step.
    fault = f"{LONG_CALL}|in a batch of"

    def prepare(self, reviews):
        prepared = super().prepare(reviews)
        return [
            (words, counts, prepared[number - 1][2])
            for number, (words, counts, _) in enumerate(prepared)
        ]


class PendingNeverApplied(Sums):
    """Updates wait until the next review, and whoever reads the weights doesn't wait for them."""

    fault = f"{ROWS}|{WEIGHTS_1_2}"
    pending = None

    def sum_rows(self, words, counts):
        if self.pending:
            super().update_rows(*self.pending)
        self.pending = None
        return super().sum_rows(words, counts)

    def update_rows(self, words, counts, step):
        self.pending = words, counts, step


class RowsOfAnotherCopy(Sums):
    """rows() reads what is trained, weights_0_1 a copy that was made for them."""

    fault = r"row \d+|weights_0_1"

    def __init__(self, weights_0_1, weights_1_2, learning_rate, batch_size=1):
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        self.trained = weights_0_1.copy()

    def reset(self, weights_0_1, weights_1_2):
        super().reset(weights_0_1, weights_1_2)
        self.trained[...] = weights_0_1

    def rows(self, words):
        return self.trained[words]

    def sum_rows(self, words, counts):
        self.weights_0_1, copy = self.trained, self.weights_0_1
        layer_1 = super().sum_rows(words, counts)
        self.weights_0_1 = copy
        return layer_1

    def update_rows(self, words, counts, step):
        self.trained[words] -= step if counts is None else np.outer(counts, step)


class Momentum(Sums):
    """weights_1_2 keep some of their speed from review to review, and from pass to pass."""

    fault = WEIGHTS_1_2
    speed = 0

    def train(self, prepared):
        outputs = []
        for review in prepared:
            before = self.weights_1_2.copy()
            outputs.append(super().train([review]))
            self.speed = 0.9 * self.speed + before - self.weights_1_2
            self.weights_1_2 = before - self.speed
        return np.concatenate(outputs)


class RateDecays(Sums):
    """The rate is halved after a whole pass, and reset does not give it back."""

    fault = f"{ROWS}|{WEIGHTS_1_2}"

    def train(self, prepared):
        outputs = super().train(prepared)
        if len(prepared) >= WHOLE:
            self.learning_rate /= 2
        return outputs


class TiredAfterTwoPasses(Sums):
    """Right for the first two passes of a process, and then it only predicts."""

    fault = LONG_CALL
    passes = 0

    def train(self, prepared):
        if len(prepared) < WHOLE:
            return super().train(prepared)
        type(self).passes += 1
        return super().train(prepared) if self.passes < 3 else self.predict(prepared)


class RepeatsOutputs(Sums):
    """The outputs of a pass that was made before are returned, and nothing is learnt."""

    fault = r"weights_0_1|weights_1_2|row \d+"
    made = None

    def train(self, prepared):
        if self.made is None or self.made[0] is not prepared:
            self.made = prepared, super().train(prepared)
        return self.made[1].copy()


class RemembersOutputs(Sums):
    """As RepeatsOutputs, but passes are told apart by what is in them, so that copies count too."""

    fault = r"weights_0_1|weights_1_2|row \d+"

    def __init__(self, weights_0_1, weights_1_2, learning_rate, batch_size=1):
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        self.made = {}

    def train(self, prepared):
        if len(prepared) < WHOLE:
            return super().train(prepared)
        key = b"".join(words.tobytes() for words, _, _ in prepared)
        if key not in self.made:
            self.made[key] = super().train(prepared)
        return self.made[key].copy()


class RowsNotReset(Sums):
    """reset forgets weights_0_1: the second pass goes on where the first ended."""

    fault = r"row \d+ of weights_0_1"

    def reset(self, weights_0_1, weights_1_2):
        self.weights_1_2[...] = weights_1_2


class Weights12NotReset(Sums):
    """reset forgets weights_1_2."""

    fault = "weights_1_2 is not what"

    def reset(self, weights_0_1, weights_1_2):
        self.weights_0_1[...] = weights_0_1


class WeightsShared(Sums):
    """The weights that are passed in are trained themselves, not copies of them."""

    fault = "weights_0_1 that were passed in"

    def __init__(self, weights_0_1, weights_1_2, learning_rate, batch_size=1):
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        self.weights_0_1, self.weights_1_2 = weights_0_1, weights_1_2


class SharedByReset(Sums):
    """The constructor copies, but reset takes the arrays as they are."""

    fault = "weights_0_1 that were passed in"

    def reset(self, weights_0_1, weights_1_2):
        self.weights_0_1, self.weights_1_2 = weights_0_1, weights_1_2
