"""Mistakes that show in certain cases only: predictions."""

from __future__ import annotations

import numpy as np
from plain_numpy import Right


class PredictsUpTo4096(Right):
    """predict has a buffer of 4,096 outputs: further ones stay 0."""

    def predict(self, prepared):
        outputs = super().predict(prepared)
        outputs[4096:] = 0
        return outputs


class PredictCached(Right):
    """predict caches its outputs by the form until train: a reset between leaves the old ones."""

    cached = None

    def train(self, prepared):
        self.cached = None
        return super().train(prepared)

    def predict(self, prepared):
        if self.cached is None or self.cached[0] is not prepared:
            self.cached = prepared, super().predict(prepared)
        return self.cached[1].copy()


class PredictSnapshot(Right):
    """predict takes weights_1_2 as at the end of the last train: after a reset it is the old one."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.shown = self.w12.copy()

    def train(self, prepared):
        outputs = super().train(prepared)
        self.shown = self.w12.copy()
        return outputs

    def predict(self, prepared):
        present, self.w12 = self.w12, self.shown
        outputs = super().predict(prepared)
        self.w12 = present
        return outputs


class LayerOfPredict(Right):
    """predict keeps the layer_1 of its last review, and a train that starts with its words takes it."""

    kept = None
    first = False

    def predict(self, prepared):
        self.first = False
        outputs = super().predict(prepared)
        if len(prepared):
            words, counts, _ = prepared[-1]
            self.kept = words, counts, self.sum_rows(words, counts)
        return outputs

    def reset(self, weights_0_1, weights_1_2):
        self.kept = None
        super().reset(weights_0_1, weights_1_2)

    def train(self, prepared):
        self.first = True
        return super().train(prepared)

    def sum_rows(self, words, counts):
        first, self.first = self.first, False
        same = first and self.kept is not None and np.array_equal(words, self.kept[0])
        if same and (counts is None or np.array_equal(counts, self.kept[1])):
            return self.kept[2].copy()
        return super().sum_rows(words, counts)


class EmptyPredictFails(Right):
    """The outputs of predict are concatenated: predict on no reviews raises."""

    def predict(self, prepared):
        outputs = super().predict(prepared)
        return np.concatenate([outputs[start : start + 1] for start in range(len(prepared))])
