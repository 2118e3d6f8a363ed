"""Mistakes that show in certain cases only: lengths, numbers and orders of reviews."""

from __future__ import annotations

import numpy as np
from plain_numpy import Right


class UpdatesFirst4096Words(Right):
    """The way back remembers 4,096 words of a review: the rows of further ones aren't updated."""

    def update_batch(self, batch, steps):
        cut = [
            (words[:4096], None if counts is None else counts[:4096], label)
            for words, counts, label in batch
        ]
        super().update_batch(cut, steps)


class LengthUint16(Right):
    """The number of words of a review is a uint16: 70,000 words become the first 4,464."""

    def review(self, words, counts, label):
        n = len(words) & 0xFFFF
        return super().review(words[:n], None if counts is None else counts[:n], label)


class ReviewNumberInt16(Right):
    """Reviews are numbered in int16: the outputs from 32,768 on are written from the back."""

    number = np.int16

    def train(self, prepared):
        right = super().train(prepared)
        outputs = np.zeros_like(right)
        outputs[np.arange(len(right)).astype(self.number)] = right
        return outputs


class SortsWordsOnly(Right):
    """The words are sorted without their counts: right where they are sorted as they come."""

    def ids(self, words):
        return np.sort(words)


class RunOfWords(Right):
    """Words are taken for a run where last - first + 1 is their number: unsorted ones fool it."""

    def sum_rows(self, words, counts):
        if len(words) > 1 and int(words[-1]) - int(words[0]) + 1 == len(words):
            words = np.arange(words[0], words[-1] + 1)
        return super().sum_rows(words, counts)


class SameWordsSameLayer(Right):
    """layer_1 is kept where a review has the words and counts of the one before, which changed rows."""

    def train(self, prepared):
        self.last = None
        return super().train(prepared)

    def predict(self, prepared):
        self.last = None
        return super().predict(prepared)

    def sum_rows(self, words, counts):
        same = self.last is not None and np.array_equal(words, self.last[0])
        if not same or (counts is not None and not np.array_equal(counts, self.last[1])):
            self.last = words, counts, super().sum_rows(words, counts)
        return self.last[2]


class ShortReviewsAhead(Right):
    """A next review of fewer than 16 words is summed before the update of the present one."""

    def train(self, prepared):
        self.form, self.at, self.ahead = prepared, 0, None
        return super().train(prepared)

    def train_batch(self, batch, outputs):
        if len(batch) > 1 or self.batch_size > 1:
            super().train_batch(batch, outputs)
            return
        words, counts, _ = batch[0]
        layer = self.sum_rows(words, counts) if self.ahead is None else self.ahead
        outputs[0] = self.output(layer, words)
        self.at += 1
        self.ahead = None
        if self.at < len(self.form) and len(self.form[self.at][0]) < 16:
            self.ahead = self.sum_rows(*self.form[self.at][:2])
        self.backward(batch, [layer], outputs)


class LengthUint16UpTo65536(Right):
    """The number of words is a uint16 up to 65,536 (one too many): such a review is empty."""

    def review(self, words, counts, label):
        n = len(words) & 0xFFFF if len(words) <= 65536 else len(words)
        return super().review(words[:n], None if counts is None else counts[:n], label)


class ReviewNumberUint16(ReviewNumberInt16):
    """Reviews are numbered in uint16: outputs from 65,536 on are written over the first ones."""

    number = np.uint16


class StepStampUint16(Right):
    """A word is marked as done by the number of the step in 16 bits: 65,536 steps later it is passed over."""

    stamps, now = None, 0

    def train_batch(self, batch, outputs):
        self.now = (self.now + 1) & 0xFFFF
        super().train_batch(batch, outputs)

    def reset(self, weights_0_1, weights_1_2):
        super().reset(weights_0_1, weights_1_2)
        self.stamps = None

    def update_rows(self, words, counts, step):
        if self.stamps is None:
            self.stamps = np.full(self.vocabulary, -1)
        fresh = self.stamps[words] != self.now
        self.stamps[words] = self.now
        super().update_rows(words[fresh], None if counts is None else counts[fresh], step)
