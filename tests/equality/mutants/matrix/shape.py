"""Mistakes that show in certain cases only: vocabularies, hidden units and dtypes."""

from __future__ import annotations

import numpy as np
from plain_numpy import Right


class Ids17Bits(Right):
    """Word ids are kept in 17 bits: id 131,072 becomes 0."""

    def ids(self, words):
        return words & 0x1FFFF


class Uint16UpTo65537(Right):
    """Vocabularies up to 65,537 (one too many) have their ids in uint16: id 65,536 becomes 0."""

    def ids(self, words):
        return words.astype(np.uint16) if self.vocabulary <= 65537 else words


class BitmaskUpTo65(Right):
    """Vocabularies up to 65 (one too many) are a mask of 64 bits: word 64 is lost from presence."""

    def review(self, words, counts, label):
        if counts is None and self.vocabulary <= 65:
            bits = np.left_shift(np.uint64(1), words.astype(np.uint64))
            mask = np.bitwise_or.reduce(bits, initial=np.uint64(0))
            words = np.flatnonzero(
                np.right_shift(mask, np.arange(64, dtype=np.uint64)) & np.uint64(1)
            )
        return super().review(words, counts, label)


class SignedBitmask(Right):
    """Vocabularies up to 64 are a signed mask, read while it is above 0: word 63 empties the review."""

    def review(self, words, counts, label):
        if counts is None and self.vocabulary <= 64:
            mask = sum(1 << int(word) for word in words)
            mask -= (1 << 64) if mask >= 1 << 63 else 0
            found = []
            while mask > 0:
                low = mask & -mask
                found.append(low.bit_length() - 1)
                mask ^= low
            words = np.array(found, np.int32)
        return super().review(words, counts, label)


class PadRowIsAWord(Right):
    """Presence is padded to 8 words with the last of the rows rounded up to 64: a word if 64 divides."""

    def sum_rows(self, words, counts):
        layer = super().sum_rows(words, counts)
        pad = -(-self.vocabulary // 64) * 64 - 1
        if counts is None and pad < self.vocabulary:
            layer = layer + -len(words) % 8 * self.w01[pad]
        return layer


class SmallDenseUnrolled(Right):
    """Vocabularies up to 4,096 are summed densely, 4 rows at a time, without the rows left over."""

    def sum_rows(self, words, counts):
        if self.vocabulary > 4096:
            return super().sum_rows(words, counts)
        layer_0 = np.zeros(self.vocabulary, self.w01.dtype)
        layer_0[words] = 1 if counts is None else counts
        end = self.vocabulary // 4 * 4
        return layer_0[:end] @ self.w01[:end]


class GapsUint16(Right):
    """Words are sorted and kept as gaps in uint16: a gap above 65,535 wraps (a review of few words)."""

    def review(self, words, counts, label):
        order = np.argsort(words)
        gaps = np.diff(words[order], prepend=0).astype(np.uint16)
        counts = None if counts is None else counts[order]
        return super().review(np.cumsum(gaps.astype(np.int64)), counts, label)


class Offsets20Bits(Right):
    """Offsets (id * hidden) are packed into 20 bits: tables of more than 1,048,576 weights wrap."""

    def ids(self, words):
        return ((words.astype(np.int64) * self.hidden) & 0xFFFFF) // self.hidden


class PairsOfUnits(Right):
    """The rows are updated two units at a time: the last of an odd number of units is forgotten."""

    def subtract(self, words, values):
        end = self.hidden // 2 * 2
        self.w01[words, :end] -= values[..., :end]


class Buffer64Units(Right):
    """layer_1 is summed in a buffer of 64 units: the units above stay 0."""

    def sum_rows(self, words, counts):
        layer = super().sum_rows(words, counts)
        layer[64:] = 0
        return layer


class OneUnitNewWeights(Right):
    """With one hidden unit, weights_1_2 isn't copied: the rows' step takes it after its update."""

    def before(self, n):
        return self.w12 if self.hidden == 1 else self.w12.copy()


class UnitNumberInt8(Right):
    """Units are numbered in int8: those from 128 on are not updated."""

    def subtract(self, words, values):
        self.w01[words, :128] -= values[..., :128]


class LastWholeBlockOf8(Right):
    """Blocks of 8 units run to hidden - 8, excluded: with 8, 16, 64 units the last block isn't summed."""

    def sum_rows(self, words, counts):
        right = super().sum_rows(words, counts)
        layer = np.zeros_like(right)
        for start in range(0, self.hidden - 8, 8):
            layer[start : start + 8] = right[start : start + 8]
        rest = self.hidden % 8
        layer[self.hidden - rest :] = right[self.hidden - rest :]
        return layer


class HiddenIsTheSmallerSide(Right):
    """hidden is min(shape): where there are fewer words than units, the units above aren't summed."""

    def sum_rows(self, words, counts):
        layer = super().sum_rows(words, counts)
        layer[min(self.w01.shape) :] = 0
        return layer


class OutputsFloat64(Right):
    """The outputs are float64 whatever the dtype of the weights."""

    def new_outputs(self, n):
        return np.zeros(n)


class ReadsAsFloat64(Right):
    """weights_0_1 is read as float64 whatever the dtype of the weights."""

    @property
    def weights_0_1(self):
        return self.w01.astype(np.float64)


class HalfPrecisionLayer(Right):
    """A float32 network keeps layer_1 in float16."""

    def sum_rows(self, words, counts):
        layer = super().sum_rows(words, counts)
        return layer.astype(np.float16).astype(np.float32) if layer.dtype == np.float32 else layer


class Int16UpTo65536(Right):
    """Vocabularies up to 65,536 have their ids in int16: id 32,768 and those above are negative."""

    def ids(self, words):
        return words.astype(np.int16) if self.vocabulary <= 65536 else words


class Uint8UpTo257(Right):
    """Vocabularies up to 257 (one too many) have their ids in uint8: id 256 becomes 0."""

    def ids(self, words):
        return words.astype(np.uint8) if self.vocabulary <= 257 else words


class RestOfFourForgotten(Right):
    """Units are summed in blocks of 8; of a rest of 4, two are forgotten."""

    def sum_rows(self, words, counts):
        layer = super().sum_rows(words, counts)
        if self.hidden % 8 == 4:
            layer[-2:] = 0
        return layer


class LastWholeBlockOf16(Right):
    """Blocks of 16 units run to hidden - 16, excluded: with 16, 32, 64 the last block isn't summed."""

    def sum_rows(self, words, counts):
        layer = super().sum_rows(words, counts)
        if self.hidden % 16 == 0:
            layer[-16:] = 0
        return layer


class Buffer256Units(Right):
    """layer_1 is summed in a buffer of 256 units: the units above stay 0."""

    def sum_rows(self, words, counts):
        layer = super().sum_rows(words, counts)
        layer[256:] = 0
        return layer


class Rest24ElseIf(Right):
    """Units go by 32, the rest by 16 or else by 8: of a rest of 24 the last 8 are forgotten."""

    def sum_rows(self, words, counts):
        layer = super().sum_rows(words, counts)
        done = self.hidden // 32 * 32
        done += next((size for size in (16, 8) if self.hidden - done >= size), 0)
        layer[done : self.hidden // 8 * 8] = 0
        return layer


class PairsInFloat32(Right):
    """A kernel for float32 and 16, 32, ... units takes two words at a time: an odd one is left out."""

    def sum_rows(self, words, counts):
        if self.w01.dtype == np.float32 and self.hidden % 16 == 0:
            even = len(words) // 2 * 2
            words, counts = words[:even], None if counts is None else counts[:even]
        return super().sum_rows(words, counts)


class WholeCountsOf16Units(Right):
    """A kernel for 16 units takes counts for whole numbers."""

    def sum_rows(self, words, counts):
        if self.hidden == 16 and counts is not None:
            counts = np.trunc(counts)
        return super().sum_rows(words, counts)


class FullBatchesOf16Units(Right):
    """A kernel for 16 units divides the steps of a short last batch by the full batch size."""

    def divisor(self, batch):
        return self.batch_size if self.hidden == 16 else len(batch)


class Room512(Right):
    """layer_1 has room for 512 units: further ones are taken for 0."""

    def sum_rows(self, words, counts):
        layer = super().sum_rows(words, counts)
        layer[512:] = 0
        return layer
