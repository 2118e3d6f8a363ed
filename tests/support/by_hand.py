"""What one training step must give, from the network's own weights before it, and how exactly.

Every figure is computed in extended precision and comes with a bound on what rounding can do to
a correct network: any order of summation, fused multiply-add or not, any usual sigmoid. This
file shares no code with any network.

Derivation (docs/equality.md explains each constant). One rounded operation errs by a factor of
at most 1 + u, or by at most nu where it underflows; k of them in a row by at most
gamma(k) = k u / (1 - k u) (Higham, Accuracy and Stability of Numerical Algorithms, 3.1). For a
review of n words, H hidden units, label y, counts c (kappa = 1, else c = 1 and kappa = 0), in a
batch of B reviews (beta = 1 if B > 1, else 0), s = rate / B, R its rows, w = weights_1_2, both as
they stood before the step; word j is in k_j reviews of the batch; cast = 1 if the rate and
the counts, float64 numbers, have to be rounded to the dtype::

    h = sum cR             eh = gamma(n + kappa) sum |cR| + kappa n nu
    z = h . w              ez = |w| . eh + gamma(H) |w| . (|h| + eh) + H nu
    o = sigmoid(z)         eo = max(sigmoid(z + ez) - o, o - sigmoid(z - ez)) + 8u + nu
    f = (o - y) o (1 - o)  p  = |2(1 + y)o - 3o^2 - y| eo + |1 + y - 3o| eo^2 + eo^3
                           ed = p + gamma(4)(|f| + p) + 3 nu,   D = |f| + ed
    w - sum s f h          a = sum s D (|h| + eh),   E = sum s (ed (|h| + eh) + |f| eh) + underflow
                           E + gamma(B + 2 + beta + cast) a + gamma(B)(|w| + a) + nu
    R - sum s f c w        a = sum s D |c w|,        E = sum s ed |c w| + underflow
                           E + gamma(K) a + gamma(k_j)(|R| + a) + nu
                           K = k_j + 2 + kappa (1 + cast) + beta + cast

The reference itself rounds too, through the same formulas with its own unit roundoff; gamma is
superadditive in u, so the sum of both unit roundoffs in place of u covers both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# The widest type that numpy has here; where it is no wider than float64 the bounds grow instead.
WIDE: type[np.floating[Any]] = np.longdouble if np.finfo(np.longdouble).nmant >= 63 else np.float64

# So many numbers of rows are computed at a time: in extended precision they fit a core's cache.
AT_A_TIME = 1 << 14

# A bound above this share of its figure says too little about the figure to count as a check.
# In float32 one unit roundoff is already 6e-8: a share of 1e-6 would leave it a dozen roundings.
LIVE_SHARE = {"float64": 1e-6, "float32": 1e-3}


@dataclass(frozen=True)
class Steps:
    """Some training steps, each as the network stood before it.

    m reviews in S steps (a step is a review, or a batch), e words in all, H hidden units.
    """

    learning_rate: float
    dtype: str
    step: NDArray[np.int64]  # (m,) the step of each review, ascending from 0
    indptr: NDArray[np.int64]  # (m + 1,) where the words of each review start
    words: NDArray[np.int32]  # (e,)
    counts: Array | None  # (e,)
    labels: Array  # (m,)
    rows: Array  # (e, H) the row of each word before its step
    weights_1_2: Array  # (S, H) before each step


@dataclass(frozen=True)
class Figures:
    """The figures that the steps must give, each with its bound, in extended precision.

    p pairs of a step and a word that it updates.
    """

    outputs: Array  # (m,)
    outputs_bound: Array
    weights_1_2: Array  # (S, H)
    weights_1_2_bound: Array
    live: NDArray[np.bool_]  # (S,) whether the step's outputs and deltas are pinned down
    entry: NDArray[np.int64]  # (p,) one place in Steps.words of each pair
    pairs: _Pairs

    def apart(self, found: Array, some: slice) -> tuple[Array, Array]:
        """Compute by how much rows are above the new rows of some of the pairs, and the bounds.

        It takes a fraction of the time of some_rows, and is more exact; see docs/equality.md.

        Args:
            found: (some, H), no wider than float64; the rows before the steps neither.

        Returns:
            Both in float64; what isn't finite, or overflows on the way, is NaN or infinite.
        """
        with np.errstate(all="ignore"):
            return self.pairs.apart(found, some)

    def some_rows(self, some: slice) -> tuple[Array, Array]:
        """Compute the new rows of some of the pairs, and their bounds."""
        with np.errstate(over="ignore", under="ignore"):
            return self.pairs.new_rows(some)

    @property
    def rows(self) -> Array:
        """The new rows of all pairs: (p, H)."""
        return self.some_rows(slice(None))[0]

    @property
    def rows_bound(self) -> Array:
        """The bounds of all new rows: (p, H)."""
        return self.some_rows(slice(None))[1]


def expect(steps: Steps, wide: type[np.floating[Any]] | None = None) -> Figures:
    """Compute the figures that a correct network gives after each of the steps, and their bounds.

    Args:
        wide: the type to compute in; None takes the widest that there is.
    """
    with np.errstate(over="ignore", under="ignore"):
        rounding = _Rounding(steps, wide or WIDE)
        forward = _forward(steps, rounding)
        weights_1_2, weights_1_2_bound = _new_weights_1_2(steps, rounding, forward)
        pairs = _pairs(steps, rounding, forward)
    share = LIVE_SHARE[steps.dtype]
    pinned = (forward.eo <= share * np.abs(forward.o)) & (forward.ed <= share * np.abs(forward.f))
    return Figures(
        outputs=forward.o,
        outputs_bound=forward.eo,
        weights_1_2=weights_1_2,
        weights_1_2_bound=weights_1_2_bound,
        live=np.bincount(steps.step[~pinned], minlength=len(steps.weights_1_2)) == 0,
        entry=pairs.entry,
        pairs=pairs,
    )


class _Rounding:
    """The numbers of the derivation that all stages share, by its names."""

    def __init__(self, steps: Steps, wide: type[np.floating[Any]]) -> None:
        info = np.finfo(steps.dtype)
        self.wide = wide
        self.u = wide(info.eps) / 2 + np.finfo(wide).eps / 2
        self.nu = wide(info.smallest_normal)
        self.kappa = 0 if steps.counts is None else 1
        self.cast = 0 if steps.dtype == "float64" else 1
        # (S,), and the rate / B of each review, (m,).
        self.batch = np.bincount(steps.step, minlength=len(steps.weights_1_2)).astype(wide)
        self.beta = (self.batch > 1).astype(wide)
        self.s = (wide(steps.learning_rate) / self.batch)[steps.step]
        self.w = steps.weights_1_2.astype(wide)
        self.w_abs = np.abs(self.w)

    def gamma(self, k: Any) -> Any:
        """Bound the relative error of k rounded operations in a row."""
        return k * self.u / (1 - k * self.u)


class _Forward(NamedTuple):
    """The forward pass of each review with its errors, by the names of the derivation."""

    h: Array  # (m, H)
    h_abs: Array
    eh: Array
    o: Array  # (m,)
    eo: Array
    f: Array
    ed: Array

    @property
    def largest_delta(self) -> Array:
        """D: (m,) the largest that f can be."""
        largest: Array = np.abs(self.f) + self.ed
        return largest


def _forward(steps: Steps, rounding: _Rounding) -> _Forward:
    """Compute the forward pass of each review, with its errors."""
    wide, gamma, u, nu = rounding.wide, rounding.gamma, rounding.u, rounding.nu
    step, hidden, label = steps.step, steps.weights_1_2.shape[1], steps.labels.astype(wide)
    w, w_abs, kappa = rounding.w, rounding.w_abs, rounding.kappa

    n = np.diff(steps.indptr).astype(wide)[:, None]
    h, size = _sums_of_rows(steps, wide)
    h_abs = np.abs(h)
    eh = gamma(n + kappa) * size + kappa * n * nu

    z = (h * w[step]).sum(axis=1)
    ez = (w_abs[step] * (eh + gamma(hidden) * (h_abs + eh))).sum(axis=1) + hidden * nu
    o = _sigmoid(z)
    eo = np.maximum(_sigmoid(z + ez) - o, o - _sigmoid(z - ez)) + 8 * u + nu
    f = (o - label) * o * (1 - o)
    slope = np.abs(2 * (1 + label) * o - 3 * o * o - label)
    p = slope * eo + np.abs(1 + label - 3 * o) * eo**2 + eo**3
    ed = p + gamma(4) * (np.abs(f) + p) + 3 * nu
    return _Forward(h, h_abs, eh, o, eo, f, ed)


def _sums_of_rows(steps: Steps, wide: type[np.floating[Any]]) -> tuple[Array, Array]:
    """Sum c R and its magnitudes over the words of each review: both (m, H)."""
    shape = len(steps.labels), steps.rows.shape[1]
    sums, sizes = np.zeros(shape, wide), np.zeros(shape)
    first = 0
    while first < shape[0]:
        # Some reviews at a time, and at least one.
        end = steps.indptr[first] + AT_A_TIME // shape[1]
        last = max(first + 1, int(np.searchsorted(steps.indptr, end, side="right")) - 1)
        some, own = slice(first, last), slice(steps.indptr[first], steps.indptr[last])
        bounds = steps.indptr[first : last + 1] - steps.indptr[first]
        rows = steps.rows[own].astype(wide)
        # Magnitudes need no extended precision: a bound that errs by 1e-16 of itself holds.
        size = np.abs(steps.rows[own]).astype(np.float64, copy=False)
        if steps.counts is not None:
            rows *= steps.counts[own, None]
            size *= np.abs(steps.counts[own, None])
        sums[some], sizes[some] = _segment_sums(rows, bounds), _segment_sums(size, bounds)
        first = last
    return sums, sizes


def _new_weights_1_2(steps: Steps, rounding: _Rounding, forward: _Forward) -> tuple[Array, Array]:
    """Compute the new weights_1_2 (S, H) and their bounds."""
    gamma, nu, s = rounding.gamma, rounding.nu, rounding.s
    h, h_abs, eh, f, ed = forward.h, forward.h_abs, forward.eh, forward.f, forward.ed
    of_step = np.searchsorted(steps.step, np.arange(len(rounding.w) + 1))
    new = rounding.w - _segment_sums((s * f)[:, None] * h, of_step)
    a = _segment_sums((s * forward.largest_delta)[:, None] * (h_abs + eh), of_step)
    e = _segment_sums(
        (s * ed)[:, None] * (h_abs + eh)
        + (s * np.abs(f))[:, None] * eh
        + 2 * nu * (1 + s[:, None] + h_abs),
        of_step,
    )
    b, beta = rounding.batch[:, None], rounding.beta[:, None]
    bound = e + gamma(b + 2 + beta + rounding.cast) * a + gamma(b) * (rounding.w_abs + a) + nu
    return new, bound


@dataclass(frozen=True)
class _Pairs:
    """All that the new rows of pairs of a step and a word are made of.

    Magnitudes and bounds are float64: they err by some 1e-16 of themselves, and hold.
    """

    rows: Array  # (e, H) before the step
    w: Array  # (S, H) in extended precision
    w_abs: Array  # (S, H)
    entry: NDArray[np.int64]  # (p,) one place of each pair in rows
    step: NDArray[np.int64]  # (p,)
    share: Array  # (p,) in extended precision: a row gets minus this times w
    of_w: Array  # (p,) the bound is this times |w|,
    of_row: Array  # (p,) and this times |R|,
    least: Array  # (p,) and this

    def new_rows(self, some: slice) -> tuple[Array, Array]:
        """Compute the new rows of some pairs, in extended precision, and their bounds."""
        before = self.rows.take(self.entry[some], axis=0)
        new = self._across(self.share[some])
        new *= self.w.take(self.step[some], axis=0)
        np.subtract(before, new, out=new)
        return new, self._bound(before, some)

    def apart(self, found: Array, some: slice) -> tuple[Array, Array]:
        """Compute found - R + share w, and the bounds.

        The products are exact but for the last two, which are tiny; so is what a difference loses.
        """
        step, share = self.step[some], self.share[some]
        before = self.rows.take(self.entry[some], axis=0).astype(np.float64, copy=False)
        found = found.astype(np.float64, copy=False)
        nearest = share.astype(np.float64)
        a, b = map(self._across, _halves(nearest))
        rest = self._across((share - nearest).astype(np.float64))
        w_a, w_b = (half.take(step, axis=0) for half in _halves(self.w.astype(np.float64)))
        moved = found - before
        back = moved - found
        lost = (found - (moved - back)) - (before + back)
        apart = moved + a * w_a
        apart += a * w_b + b * w_a
        apart += lost + (b * w_b + rest * w_a)
        return apart, self._bound(before, some)

    def _bound(self, before: Array, some: slice) -> Array:
        bound = self._across(self.of_w[some])
        bound *= self.w_abs.take(self.step[some], axis=0)
        bound += self._across(self.of_row[some]) * np.abs(before)
        bound += self._across(self.least[some])
        return bound

    def _across(self, numbers: Array) -> Array:
        # As many numbers as a row has: short rows are multiplied slowly by one number each.
        hidden = self.rows.shape[1]
        return np.repeat(numbers, hidden).reshape(-1, hidden)


def _halves(numbers: Array) -> tuple[Array, Array]:
    """Return the 26 highest bits of each float64, and the 27 others: such products are exact."""
    high = (numbers.view(np.int64) & -(1 << 27)).view(np.float64)
    return high, numbers - high


def _pairs(steps: Steps, rounding: _Rounding, forward: _Forward) -> _Pairs:
    """Sum what each pair of a step and a word that it updates gets from the step's reviews."""
    s, nu, count = rounding.s, float(rounding.nu), steps.counts
    review = np.repeat(np.arange(len(steps.labels)), np.diff(steps.indptr))
    entry = np.arange(len(review))
    k = np.ones(len(review), np.int64)

    def summed(numbers: Array) -> Array:
        return numbers

    # A review has each of its words once: only where a step has several reviews they meet.
    if len(rounding.batch) < len(steps.labels):
        pair = steps.step[review] * np.int64(2**31) + steps.words
        order = np.argsort(pair, kind="stable")
        starts = np.flatnonzero(np.diff(pair[order], prepend=-1))
        of_pair = np.append(starts, len(order))
        entry, k = order[starts], np.diff(of_pair)

        def summed(numbers: Array) -> Array:
            return _segment_sums(numbers[order], of_pair)

    def of_reviews(numbers: Array) -> Array:
        return numbers[review] if count is None else numbers[review] * np.abs(count)

    share = (s * forward.f)[review]
    a = summed(of_reviews((s * forward.largest_delta).astype(np.float64)))
    e = summed(of_reviews((s * forward.ed).astype(np.float64)))
    sizes = 1 + s.astype(np.float64)[review] + (1 if count is None else np.abs(count))
    underflow = 2 * nu * summed(sizes)
    step = steps.step[review][entry]
    beta = rounding.beta.astype(np.int64)[step]
    # gamma of each number of roundings that there is.
    most = int(k.max(initial=0)) + 7
    gamma = rounding.gamma(np.arange(most).astype(rounding.wide)).astype(np.float64)
    roundings = k + (2 + rounding.kappa * (1 + rounding.cast) + rounding.cast) + beta
    return _Pairs(
        rows=steps.rows,
        w=rounding.w,
        w_abs=rounding.w_abs.astype(np.float64),
        entry=entry,
        step=step,
        share=summed(share if count is None else share * count),
        of_w=e + (gamma[roundings] + gamma[k]) * a + underflow,
        of_row=gamma[k],
        least=underflow + nu,
    )


def _segment_sums(values: Array, bounds: NDArray[np.int64]) -> Array:
    sums = np.zeros((len(bounds) - 1, *values.shape[1:]), values.dtype)
    # reduceat gives the next value for an empty segment, where the sum is zero.
    filled = bounds[1:] > bounds[:-1]
    if filled.any():
        sums[filled] = np.add.reduceat(values, bounds[:-1][filled], axis=0)
    return sums


def _sigmoid(z: Array) -> Array:
    # exp of a negative number only: the other form overflows for large |z|.
    e = np.exp(-np.abs(z))
    sigmoid: Array = np.where(z >= 0, 1, e) / (1 + e)
    return sigmoid
