"""Some training steps as the network stood before each, for the formulas of a definition."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .bounded import Array, Level, Number, Parts, Rounding, Sum, Total
from .definition import Definition

# So many numbers of rows are computed at a time: in extended precision they fit a core's cache.
AT_A_TIME = 1 << 14


@dataclass(frozen=True)
class Steps:
    """Some training steps, each as the network stood before it.

    m reviews in S steps (a step is a review, or a batch), e words in all. Arrays of one kind stand
    side by side, in the order of the definition.
    """

    definition: Definition
    hidden: int
    learning_rate: float
    dtype: str
    step: NDArray[np.int64]  # (m,) the step of each review, ascending from 0
    indptr: NDArray[np.int64]  # (m + 1,) where the words of each review start
    words: NDArray[np.int32]  # (e,)
    counts: Array | None  # (e,)
    labels: Array  # (m,)
    rows: Array  # (e, columns) what is indexed by words, of each word, before its step
    others: Array  # (S, columns) all else, before each step
    rows_off: Array | None = None  # by how much each may be off; None where they are exact
    others_off: Array | None = None


class Pairs(NamedTuple):
    """The pairs of a step and a word that it touches: p of them.

    Attributes:
        entry: (p,) one place of each in Steps.words.
        review: (e,) the review of each word.
        order, of_pair: the places of pair i are order[of_pair[i] : of_pair[i + 1]]; None where
            each has one, its entry.
    """

    entry: NDArray[np.int64]
    review: NDArray[np.int64]
    order: NDArray[np.int64] | None = None
    of_pair: NDArray[np.int64] | None = None


class Given:
    """What a definition computes a step from.

    Attributes:
        rate: the learning rate.
        label: of each review, 0 or 1.
    """

    def __init__(self, steps: Steps, rounding: Rounding) -> None:
        self.steps, self.rounding, self.definition = steps, rounding, steps.definition
        layout = steps.definition.layout(steps.hidden)
        self._others = {one.name: one.place for one in layout.others}
        self._by_word = {one.name: one.place for one in layout.by_word}
        self.of_steps = Level("step")
        self.of_reviews = Level("review", self.of_steps, steps.step)
        self.rate = rounding.constant(steps.learning_rate)
        self.label = self._exact(self.of_reviews, steps.labels[:, None])
        # A count may have to be rounded to float32, and is multiplied.
        self.of_count = 0 if steps.counts is None else 1 + (rounding.dtype == "float32")
        reviews = np.bincount(steps.step, minlength=len(steps.others))
        self.batch = reviews.astype(rounding.wide)[:, None]
        # A mean may be a product with 1 / B, which is rounded before.
        self.of_mean = 2 * (self.batch > 1)

    def _exact(self, level: Level, values: Array) -> Number:
        return Number(self.rounding, level, values.astype(self.rounding.wide))

    def __getitem__(self, name: str) -> Number:
        """One of the arrays that aren't indexed by words, as it stood before each step."""
        steps, place = self.steps, self._others[name]
        off = None if steps.others_off is None else steps.others_off[:, place]
        value = steps.others[:, place].astype(self.rounding.wide)
        return Number(self.rounding, self.of_steps, value, off)

    def rows(self, name: str) -> Array:
        """One of the arrays that are indexed by words, of each word of each review."""
        found = self.steps.rows[:, self._by_word[name]]
        return found

    def rows_off(self, name: str) -> Array | None:
        """By how much they may be off; None where they are exact."""
        off = self.steps.rows_off
        return None if off is None else off[:, self._by_word[name]]

    def sum_of_rows(self, name: str) -> Number:
        """Sum the rows of the words of each review, each times its count."""
        return Sum([(1, Total(self.label, lambda _: self._sums(name), self.of_reviews))])

    def mean_of_rows(self, name: str) -> Number:
        """Take the mean of the rows of the words of each review."""

        def taken(share: Number) -> Parts:
            value, error, size, words = self._sums(name)
            # Each row may be multiplied by the share, or their sum.
            off = self.rounding.gamma(1) * share.size + share.error
            lost = words * self.rounding.nu
            return Parts(
                value * share.value,
                error * share.size + size * off + lost,
                size * (share.size + off) + lost,
                words,
            )

        return Sum([(1, Total(self.share_of_word, taken, self.of_reviews))])

    def _sums(self, name: str) -> Parts:
        steps, rounding = self.steps, self.rounding
        value, size = _sums_of_rows(steps, self.rows(name), rounding.wide)
        words = np.diff(steps.indptr).astype(rounding.wide)[:, None]
        error = rounding.gamma(self.of_count) * size + (words * rounding.nu if self.of_count else 0)
        off = self.rows_off(name)
        if off is not None:
            error = error + _sums_of_rows(steps, off, rounding.wide)[1]
        return Parts(value, error, size + error, words)

    @cached_property
    def share_of_word(self) -> Number:
        """1 / the number of words of each review, or of all counts; 0 where there are none."""
        steps = self.steps
        counts = np.ones(len(steps.words)) if steps.counts is None else steps.counts
        words = segment_sums(counts.astype(self.rounding.wide)[:, None], steps.indptr)
        value = 1 / np.where(words != 0, words, 1)
        # A quotient, or a product with a rounded reciprocal: in either case no more than two.
        return Number(self.rounding, self.of_reviews, value, self.rounding.u * value)

    @cached_property
    def _first(self) -> NDArray[np.int64]:
        """Where the reviews of each step start, and where those of the last one end."""
        return np.searchsorted(self.steps.step, np.arange(len(self.batch) + 1))

    def mean(self, number: Number) -> Number:
        """Take the mean of a number of each review over those of its step."""

        def taken(term: Number) -> Parts:
            term = term.at(self.of_reviews)
            value, error, size = (
                segment_sums(one, self._first) / self.batch
                for one in (term.value, term.error, term.size)
            )
            added = self.of_mean * self.rounding.nu + self.rounding.gamma(self.of_mean) * size
            return Parts(value, error + added, size + added, self.batch)

        return Total(number, taken, self.of_steps)

    @cached_property
    def pairs(self) -> Pairs:
        """The pairs of a step and a word."""
        steps = self.steps
        review = np.repeat(np.arange(len(steps.labels)), np.diff(steps.indptr))
        # A review has each of its words once: only where a step has several reviews they meet.
        if len(self.batch) == len(steps.labels):
            return Pairs(np.arange(len(review)), review)
        pair = steps.step[review] * np.int64(2**31) + steps.words
        order = np.argsort(pair, kind="stable")
        starts = np.flatnonzero(np.diff(pair[order], prepend=-1))
        return Pairs(order[starts], review, order, np.append(starts, len(order)))


class Row:
    """Some of the rows that the steps touch, for the formulas of a definition."""

    def __init__(self, given: Given, some: slice) -> None:
        self.given, self.some, self.rate = given, some, given.rate
        pairs = given.pairs
        self.entry = pairs.entry[some]
        self.review = pairs.review[self.entry]
        self.level = Level("row", given.of_steps, given.steps.step[self.review])

    def __getitem__(self, name: str) -> Number:
        """The rows of one of the arrays that are indexed by words, before the step."""
        return Before(self, name)

    def before(self, name: str) -> Array:
        """The same as plain numbers."""
        rows: Array = self.given.rows(name).take(self.entry, axis=0)
        return rows

    def off(self, name: str) -> Array | None:
        """By how much they may be off; None where they are exact."""
        off = self.given.rows_off(name)
        return None if off is None else off.take(self.entry, axis=0)

    def mean(self, number: Number) -> Number:
        """Sum a number of each review over those that have the word, times its count; / B."""
        return Total(number, self._taken, self.level)

    def _taken(self, term: Number) -> Parts:
        given, counts, pairs = self.given, self.given.steps.counts, self.given.pairs
        rounding, nu = given.rounding, float(given.rounding.nu)
        term = term.at(given.of_reviews)
        error, size = term.rough
        places, starts, terms = self.entry, None, 1
        if pairs.order is not None and pairs.of_pair is not None:
            starts = pairs.of_pair[self.some.start : self.some.stop + 1]
            places = pairs.order[starts[0] : starts[-1]]
            starts = starts - starts[0]
            terms = np.diff(starts)[:, None]
        review = pairs.review[places]
        value, error, size = term.value[review], error[review], size[review]
        if counts is not None:
            c = counts[places, None]
            value, error, size = value * c, error * np.abs(c), size * np.abs(c)
            lost = nu * given.of_count * term.reach[review].astype(float) * (1 + np.abs(c))
            error, size = error + lost, size + lost
        if starts is not None:
            value, error, size = (segment_sums(one, starts) for one in (value, error, size))
            batch = given.batch[self.level.of]
            rough = batch.astype(float)
            value, error, size = value / batch, error / rough, size / rough
        of_mean = given.of_mean[self.level.of]
        gamma = rounding.gamma(given.of_count + of_mean).astype(float)
        added = of_mean * nu + gamma * size
        return Parts(value, error + added, size + added, terms)


class Before(Number):
    """Rows as they stood before the step."""

    def __init__(self, row: Row, name: str) -> None:
        self.rounding, self.level = row.given.rounding, row.level
        self.name, self._row, self._error = name, row, row.off(name)

    @cached_property
    def value(self) -> Array:
        return self._row.before(self.name).astype(self.rounding.wide)


def segment_sums(values: Array, bounds: NDArray[np.int64]) -> Array:
    """Sum the rows of values (n, m) between each bound and the next."""
    sums = np.zeros((len(bounds) - 1, *values.shape[1:]), values.dtype)
    # reduceat gives the next value for an empty segment, where the sum is zero.
    filled = bounds[1:] > bounds[:-1]
    if filled.any():
        sums[filled] = np.add.reduceat(values, bounds[:-1][filled], axis=0)
    return sums


def _sums_of_rows(steps: Steps, rows: Array, wide: type[np.floating[Any]]) -> tuple[Array, Array]:
    """Sum c R and its magnitudes over the words of each review: both (m, hidden)."""
    shape = len(steps.labels), rows.shape[1]
    sums, sizes = np.zeros(shape, wide), np.zeros(shape)
    first = 0
    while first < shape[0]:
        # Some reviews at a time, and at least one.
        end = steps.indptr[first] + AT_A_TIME // shape[1]
        last = max(first + 1, int(np.searchsorted(steps.indptr, end, side="right")) - 1)
        some, own = slice(first, last), slice(steps.indptr[first], steps.indptr[last])
        bounds = steps.indptr[first : last + 1] - steps.indptr[first]
        these = rows[own].astype(wide)
        # Magnitudes need no extended precision: a bound that errs by 1e-16 of itself holds.
        size = np.abs(rows[own]).astype(np.float64, copy=False)
        if steps.counts is not None:
            these *= steps.counts[own, None]
            size *= np.abs(steps.counts[own, None])
        sums[some], sizes[some] = segment_sums(these, bounds), segment_sums(size, bounds)
        first = last
    return sums, sizes
