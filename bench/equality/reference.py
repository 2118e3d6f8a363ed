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
    entry: NDArray[np.int64]  # (p,) one place in Steps.words of each pair
    rows: Array  # (p, H)
    rows_bound: Array
    live: NDArray[np.bool_]  # (S,) whether the step's outputs and deltas are pinned down


def expect(
    steps: Steps, wide: type[np.floating[Any]] | None = None, *, updates: bool = True
) -> Figures:
    """Compute the figures that a correct network gives after each of the steps, and their bounds.

    Args:
        wide: the type to compute in; None takes the widest that there is.
        updates: whether the new weights are wanted; else there are none of them.
    """
    with np.errstate(over="ignore", under="ignore"):
        return _expect(steps, wide or WIDE, updates)


def _expect(steps: Steps, wide: type[np.floating[Any]], updates: bool) -> Figures:
    rounding = _Rounding(steps, wide)
    forward = _forward(steps, rounding)
    none = np.empty((0, steps.weights_1_2.shape[1]), wide)
    weights_1_2, weights_1_2_bound = none, none
    entry, rows, rows_bound = np.empty(0, np.int64), none, none
    if updates:
        weights_1_2, weights_1_2_bound = _new_weights_1_2(steps, rounding, forward)
        entry, rows, rows_bound = _new_rows(steps, rounding, forward)
    share = LIVE_SHARE[steps.dtype]
    pinned = (forward.eo <= share * np.abs(forward.o)) & (forward.ed <= share * np.abs(forward.f))
    return Figures(
        outputs=forward.o,
        outputs_bound=forward.eo,
        weights_1_2=weights_1_2,
        weights_1_2_bound=weights_1_2_bound,
        entry=entry,
        rows=rows,
        rows_bound=rows_bound,
        live=np.bincount(steps.step[~pinned], minlength=len(steps.weights_1_2)) == 0,
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
    step, hidden = steps.step, steps.weights_1_2.shape[1]
    rows, label = steps.rows.astype(wide), steps.labels.astype(wide)
    w, w_abs, kappa = rounding.w, rounding.w_abs, rounding.kappa

    n = np.diff(steps.indptr).astype(wide)[:, None]
    weighted = rows if steps.counts is None else rows * steps.counts.astype(wide)[:, None]
    h = _segment_sums(weighted, steps.indptr)
    h_abs = np.abs(h)
    # Magnitudes of rows need no extended precision: a bound that errs by 1e-16 of itself holds.
    size = np.abs(weighted.astype(np.float64))
    eh = gamma(n + kappa) * _segment_sums(size, steps.indptr) + kappa * n * nu

    z = (h * w[step]).sum(axis=1)
    ez = (w_abs[step] * (eh + gamma(hidden) * (h_abs + eh))).sum(axis=1) + hidden * nu
    o = _sigmoid(z)
    eo = np.maximum(_sigmoid(z + ez) - o, o - _sigmoid(z - ez)) + 8 * u + nu
    f = (o - label) * o * (1 - o)
    slope = np.abs(2 * (1 + label) * o - 3 * o * o - label)
    p = slope * eo + np.abs(1 + label - 3 * o) * eo**2 + eo**3
    ed = p + gamma(4) * (np.abs(f) + p) + 3 * nu
    return _Forward(h, h_abs, eh, o, eo, f, ed)


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


def _new_rows(
    steps: Steps, rounding: _Rounding, forward: _Forward
) -> tuple[NDArray[np.int64], Array, Array]:
    """Compute the new row of each pair of a step and a word that it updates.

    Returns:
        One place in Steps.words of each pair (p,), the new rows (p, H), and their bounds.
    """
    wide, gamma, nu = rounding.wide, rounding.gamma, rounding.nu
    review = np.repeat(np.arange(len(steps.labels)), np.diff(steps.indptr))
    pair = steps.step[review] * np.int64(2**31) + steps.words
    order = np.argsort(pair, kind="stable")
    starts = np.flatnonzero(np.diff(pair[order], prepend=-1))
    of_pair = np.append(starts, len(order))
    entry = order[starts]
    step = steps.step[review][entry]

    # What a pair gets is a number (p,) times w.
    k = np.diff(of_pair).astype(wide)
    c = np.ones(len(order), wide) if steps.counts is None else steps.counts.astype(wide)[order]
    c_abs, s, of_review = np.abs(c), rounding.s[review][order], review[order]
    share = _segment_sums(s * forward.f[of_review] * c, of_pair)
    a = _segment_sums(s * forward.largest_delta[of_review] * c_abs, of_pair)
    e = _segment_sums(s * forward.ed[of_review] * c_abs, of_pair)
    underflow = 2 * nu * _segment_sums(1 + s + c_abs, of_pair)
    roundings = k + 2 + rounding.kappa * (1 + rounding.cast) + rounding.beta[step] + rounding.cast
    growth = e + (gamma(roundings) + gamma(k)) * a + underflow
    bound = (
        growth.astype(np.float64)[:, None] * rounding.w_abs.astype(np.float64)[step]
        + gamma(k).astype(np.float64)[:, None] * np.abs(steps.rows[entry].astype(np.float64))
        + (underflow + nu).astype(np.float64)[:, None]
    )
    return entry, steps.rows.astype(wide)[entry] - share[:, None] * rounding.w[step], bound


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
