"""Mistakes that show in certain cases only: counts."""

from __future__ import annotations

import numpy as np
from plain_numpy import Right, whole


class CountsInFloat32(Right):
    """Counts are float32 even where the weights are float64: fractions and 2**24 + 1 are rounded."""

    def packed(self, counts):
        return counts.astype(np.float32)


class SixteenInFourBits(Right):
    """Whole counts up to 16 (one too many) are packed in 4 bits: 16 becomes 0."""

    def packed(self, counts):
        return counts.astype(np.int64) & 15 if whole(counts, 16) else counts


class Int8UpTo255(Right):
    """Whole counts up to 255 are kept in int8: those from 128 on become negative."""

    def packed(self, counts):
        return counts.astype(np.int64).astype(np.int8) if whole(counts, 255) else counts


class Uint8UpTo256(Right):
    """Whole counts up to 256 (one too many) are kept in uint8: 256 becomes 0."""

    def packed(self, counts):
        return counts.astype(np.int64).astype(np.uint8) if whole(counts, 256) else counts


class Uint16UpTo65536(Right):
    """Whole counts up to 65,536 (one too many) are kept in uint16: 65,536 becomes 0."""

    def packed(self, counts):
        return counts.astype(np.int64).astype(np.uint16) if whole(counts, 65536) else counts


class QuartersInt32(Right):
    """Counts in whole quarters are kept as quarters in int32: 1e9 overflows."""

    def packed(self, counts):
        quarters = counts * 4
        if (quarters == np.rint(quarters)).all() and (np.abs(counts) < 2**31).all():
            counts = (counts * 4).astype(np.int64).astype(np.int32) / 4
        return counts


class CountsRounded(Right):
    """Counts are rounded to whole numbers."""

    def packed(self, counts):
        return np.rint(counts)


class CountsAbsolute(Right):
    """Counts lose their sign."""

    def packed(self, counts):
        return np.abs(counts)


class CountsNotAbove0Dropped(Right):
    """Words with count 0 are dropped, and by ``> 0`` those with a negative count too."""

    def review(self, words, counts, label):
        if counts is not None:
            keep = counts > 0
            words, counts = words[keep], counts[keep]
        return super().review(words, counts, label)


class ZeroCountIsOne(Right):
    """``count or 1``: a count of 0 becomes 1."""

    def packed(self, counts):
        return np.where(counts == 0, 1, counts)


class SumTellsPresence(Right):
    """A review whose counts sum to its number of words is taken for presence."""

    def packed(self, counts):
        return None if counts.sum() == len(counts) else counts


class MaximumTellsPresence(Right):
    """A review whose largest count is 1 is taken for presence: zeros, fractions and negatives are 1."""

    def packed(self, counts):
        return None if counts.size and counts.max() == 1 else counts


class CountsUpTo255(Right):
    """Counts above 255 are cut down to 255."""

    def packed(self, counts):
        return np.minimum(counts, 255)


class WholeCountsInt32(Right):
    """Whole counts are kept in int32: 3e9 wraps."""

    def packed(self, counts):
        return counts.astype(np.int64).astype(np.int32) if whole(counts, np.inf) else counts


class WholeCountsUint32(Right):
    """Whole counts are kept in uint32: 5e9 wraps."""

    def packed(self, counts):
        return counts.astype(np.int64).astype(np.uint32) if whole(counts, np.inf) else counts


class Int8ByMaximum(Right):
    """Whole counts of which the largest is at most 127 are kept in int8: -129 wraps."""

    def packed(self, counts):
        if counts.size and (counts == np.rint(counts)).all() and counts.max() <= 127:
            return counts.astype(np.int64).astype(np.int8)
        return counts


class HalfPrecisionCounts(Right):
    """Whole counts up to 60,000 are kept as float16: 2,049 is rounded."""

    def packed(self, counts):
        return counts.astype(np.float16) if whole(counts, 60_000) else counts


class TinyCountsDropped(Right):
    """Counts below 1e-6 are taken for 0."""

    def packed(self, counts):
        return np.where(np.abs(counts) < 1e-6, 0, counts)


class OnesByTheFirst64(Right):
    """Counts are taken for presence where the first 64 of a slice are all 1."""

    def prepare(self, reviews):
        if (
            reviews.counts is not None
            and len(reviews.counts) > 64
            and np.all(reviews.counts[:64] == 1)
        ):
            reviews = reviews.presence()
        return super().prepare(reviews)


class Int16UpTo32768(Right):
    """Whole counts up to 32,768 (one too many) are kept in int16: 32,768 becomes negative."""

    def packed(self, counts):
        return counts.astype(np.int64).astype(np.int16) if whole(counts, 32_768) else counts


class Int32UpTo2147483648(Right):
    """Whole counts up to 2**31 (one too many) are kept in int32: 2**31 becomes negative."""

    def packed(self, counts):
        return counts.astype(np.int64).astype(np.int32) if whole(counts, 2**31) else counts


class Uint32UpTo4294967296(Right):
    """Whole counts up to 2**32 (one too many) are kept in uint32: 2**32 becomes 0."""

    def packed(self, counts):
        return counts.astype(np.int64).astype(np.uint32) if whole(counts, 2**32) else counts
