"""Mistakes that show in certain cases only: resets."""

from __future__ import annotations

import numpy as np
from plain_numpy import Right


class RightTouched(Right):
    """Right: a reset to the same fresh weights restores the rows touched since, any other all rows."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.fresh = self.w01.copy()
        self.touched = np.zeros(self.vocabulary, bool)

    def subtract(self, words, values):
        self.touched[words] = True
        super().subtract(words, values)

    def same(self, weights_0_1):
        return np.array_equal(weights_0_1, self.fresh)

    def reset(self, weights_0_1, weights_1_2):
        if self.same(weights_0_1):
            self.w01[self.touched] = self.fresh[self.touched]
        else:
            self.w01[...] = self.fresh[...] = weights_0_1
        self.w12[...] = weights_1_2
        self.touched[:] = False


class ResetTouchedOnly(RightTouched):
    """A reset writes the rows touched since the last: others stay where the fresh weights differ."""

    def reset(self, weights_0_1, weights_1_2):
        self.w01[self.touched] = weights_0_1[self.touched]
        self.w12[...] = weights_1_2
        self.touched[:] = False


class TouchedOfLastCall(RightTouched):
    """Each call of train starts its list of touched rows anew: a reset after two slices misses the first."""

    def train(self, prepared):
        self.touched[:] = False
        return super().train(prepared)


class PredictForgetsTouched(RightTouched):
    """predict clears the marks of touched rows: a reset after train and predict restores nothing."""

    def predict(self, prepared):
        self.touched[:] = False
        return super().predict(prepared)


class SameByFirstRow(RightTouched):
    """Fresh weights are taken for those of the last reset by their first row: others stay as they were."""

    def same(self, weights_0_1):
        return np.array_equal(weights_0_1[:1], self.fresh[:1])


class ResetTwiceAtMost(Right):
    """From the third reset on weights_1_2 stays as it is."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.resets = 0

    def reset(self, weights_0_1, weights_1_2):
        self.resets += 1
        self.w01[...] = weights_0_1
        if self.resets <= 2:
            self.w12[...] = weights_1_2


class GenerationTwoBits(Right):
    """A row is fresh if its stamp is behind the resets counted, which stop at 3: the 4th restores none."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.fresh = self.w01.copy()
        self.stamp = np.zeros(self.vocabulary, np.uint8)
        self.generation = 0

    def restore(self, words):
        stale = words[self.stamp[words] != self.generation]
        self.w01[stale] = self.fresh[stale]
        self.stamp[stale] = self.generation

    def sum_rows(self, words, counts):
        self.restore(words)
        return super().sum_rows(words, counts)

    @property
    def weights_0_1(self):
        self.restore(np.arange(self.vocabulary))
        return self.w01

    def reset(self, weights_0_1, weights_1_2):
        self.fresh[...] = weights_0_1
        self.w12[...] = weights_1_2
        self.generation = min(self.generation + 1, 3)


class ResetStampUint8(Right):
    """Resets are counted in a uint8: every 256th leaves weights_0_1 as they were."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.stamp = 0

    def reset(self, weights_0_1, weights_1_2):
        self.stamp = (self.stamp + 1) % 256
        if self.stamp:
            self.w01[...] = weights_0_1
        self.w12[...] = weights_1_2
