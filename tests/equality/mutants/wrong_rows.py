"""Wrong in the rows that are summed or updated; fault and differs: see wrong_steps.py."""

from __future__ import annotations

import numpy as np

from skipzeros import OnlineNetwork

# What stands behind the name of a review that is judged with its batch.
BATCH = r"( \(in a batch of [^)]*\))?"
OUTPUT = r"review \d+.*: output is"
ROWS = r"review \d+.*: weights_0_1\[\d+, \d+\] is"
STRAY = r"row \d+ changed, but .*review \d+.* does not contain"


class _Rows(OnlineNetwork):
    """Right: the rows that taken() gives are summed and updated, each times its value."""

    accepts_counts = True

    def taken(self, words, values):
        return words, values

    def values(self, words, counts):
        return np.ones(len(words), self.weights_0_1.dtype) if counts is None else counts

    def sum_rows(self, words, counts):
        words, values = self.taken(words, self.values(words, counts))
        return values @ self.weights_0_1[words]

    def update_rows(self, words, counts, step):
        words, values = self.taken(words, self.values(words, counts))
        self.weights_0_1[words] -= np.outer(values, step)


class LastWordDropped(_Rows):
    """The loop over the words ends one too early."""

    fault = OUTPUT

    def taken(self, words, values):
        return words[:-1], values[:-1]


class RemainderDropped(_Rows):
    """The loop is unrolled by four, and the words that are left over are forgotten."""

    fault = OUTPUT

    def taken(self, words, values):
        whole = len(words) // 4 * 4
        return words[:whole], values[:whole]


class LastWordTwice(_Rows):
    """An odd number of words is made even by taking the last one twice."""

    fault = OUTPUT

    def taken(self, words, values):
        odd = len(words) - len(words) % 2
        return np.append(words, words[odd:]), np.append(values, values[odd:])


class IdsFromOne(_Rows):
    """Ids are taken to begin at 1: every word gets the row before its own."""

    fault = f"{OUTPUT}|{STRAY}"

    def taken(self, words, values):
        return words - 1, values


class Int16Ids(_Rows):
    """Ids are packed into int16, which holds the 32,768 words of the tutorial."""

    # All rows are zero at first, so that what shows is the update: of a row, or not of the other.
    fault = f"{ROWS}|{STRAY}"
    differs = ("ids above 32,767",)

    def taken(self, words, values):
        return words.astype(np.int16), values


class CountsIgnored(_Rows):
    """Counts are taken for presence, forward and backward."""

    fault = OUTPUT
    differs = ("counts",)

    def taken(self, words, values):
        return words, np.ones_like(values)


class CountsAsIntegers(_Rows):
    """Counts are packed into bytes: what else than a whole number could a count be?"""

    fault = OUTPUT
    differs = ("counts",)

    def taken(self, words, values):
        return words, values.astype(np.uint8).astype(values.dtype)


class CountsForwardOnly(_Rows):
    """Each row gets the same step, however often its word occurs."""

    fault = ROWS
    differs = ("counts",)

    def update_rows(self, words, counts, step):
        self.weights_0_1[words] -= step


class CountsBackwardOnly(_Rows):
    """The rows are summed once each; only the steps are scaled by the counts."""

    fault = OUTPUT
    differs = ("counts",)

    def sum_rows(self, words, counts):
        return super().sum_rows(words, None)


class SortedWithoutCounts(_Rows):
    """The words are sorted for the cache's sake, and their counts stay behind."""

    fault = f"{OUTPUT}|{ROWS}"
    differs = ("counts",)

    def taken(self, words, values):
        return np.sort(words), values


class BagWithRepeats(_Rows):
    """A word is repeated by its count, but weights[words] -= step sees each row once."""

    # The crafted counts hold 2.5, which no bag can.
    fault = f"{OUTPUT}|{ROWS}"
    differs = ("counts",)

    def taken(self, words, values):
        bag = np.repeat(words, values.astype(int))
        return bag, np.ones(len(bag), values.dtype)


class SquaredCounts(_Rows):
    """The words are repeated by their counts, and each of them is multiplied by its count too."""

    fault = OUTPUT
    differs = ("counts",)

    def taken(self, words, values):
        return words, values * values


class PaddedWithZero(_Rows):
    """Reviews are padded with word 0, masked in the sum and not in the update."""

    fault = f"{ROWS}|{STRAY}"

    def update_rows(self, words, counts, step):
        super().update_rows(words, counts, step)
        if len(words) % 8:
            self.weights_0_1[0] -= step


class PaddedWithMinusOne(_Rows):
    """Reviews are padded with -1, which numpy takes for the last row."""

    fault = f"{ROWS}|{STRAY}"

    def update_rows(self, words, counts, step):
        super().update_rows(words, counts, step)
        if len(words) % 8:
            self.weights_0_1[-1] -= step


class NeighbourRow(_Rows):
    """Two rows fill a vector register, and both are stored where one is meant."""

    fault = f"{ROWS}|{STRAY}"

    def update_rows(self, words, counts, step):
        super().update_rows(words, counts, step)
        self.weights_0_1[words[-1:] // 2 * 2 + 1 - words[-1:] % 2] -= step


class DenormalGuard(_Rows):
    """Something too small to matter is added to the next row to keep it off slow denormals."""

    fault = STRAY

    def update_rows(self, words, counts, step):
        super().update_rows(words, counts, step)
        self.weights_0_1[(words[-1:] + 1) % len(self.weights_0_1)] += self.tiny

    @property
    def tiny(self):
        return np.finfo(self.weights_0_1.dtype).smallest_normal


class RowZeroKeptClear(_Rows):
    """Row 0 is kept for padding and set to zero after every step, though a word owns it."""

    fault = f"{ROWS}|{STRAY}"

    def update_rows(self, words, counts, step):
        super().update_rows(words, counts, step)
        self.weights_0_1[0] = 0


class AtMost512Words(_Rows):
    """The buffer holds 512 words, and the longest review seen so far had 400."""

    fault = rf"review \d+ \(513 words\){BATCH}: output is"

    def taken(self, words, values):
        return words[:512], values[:512]


class AtMost1000Words(_Rows):
    """The buffer holds 1,000 words, which is more than any review of the data has."""

    fault = rf"review \d+ \((1,025|all) words\){BATCH}: output is"

    def taken(self, words, values):
        return words[:1000], values[:1000]


class AtMost1000Updated(_Rows):
    """Forward takes all words, but the buffer of the update holds 1,000."""

    fault = rf"review \d+ \((1,025|all) words\){BATCH}: weights_0_1"

    def update_rows(self, words, counts, step):
        super().update_rows(words[:1000], None if counts is None else counts[:1000], step)


class Float32AboveLength(_Rows):
    """Long reviews take another path, whose accumulators are float32."""

    fault = rf"review \d+ \(.* words\){BATCH}: output is"
    differs = ("float64",)

    def sum_rows(self, words, counts):
        if len(words) <= 512:
            return super().sum_rows(words, counts)
        rows = self.weights_0_1[words] * self.values(words, counts)[:, None]
        return np.add.reduce(rows.astype(np.float32), axis=0).astype(rows.dtype)


class EmptyIsWordZero(_Rows):
    """A review without words is given word 0, so that no kernel need think of it."""

    fault = (
        rf"review \d+ \(empty\){BATCH}: output is|row 0 changed, but crafted review \d+ \(empty\)"
    )

    def taken(self, words, values):
        if len(words):
            return words, values
        return np.zeros(1, words.dtype), np.ones(1, values.dtype)


class EmptyHasNoOutput(_Rows):
    """A review without words is passed over, and its place among the outputs stays zero."""

    fault = rf"review \d+ \(empty\){BATCH}: output is"

    def train(self, prepared):
        filled = [len(words) > 0 for words, _, _ in prepared]
        outputs = np.zeros(len(prepared), self.weights_0_1.dtype)
        outputs[filled] = super().train(
            [review for review, there in zip(prepared, filled, strict=True) if there]
        )
        return outputs
