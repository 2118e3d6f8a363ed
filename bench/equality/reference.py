"""What training steps must give, from the network's own state before each, and how exactly.

All figures come from a definition, in extended precision, each with a bound on what rounding can
do to a correct network. This file and those of the definitions share no code with any network.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..definitions.bounded import Array, Number, Rounding, Sum, Total
from ..definitions.given import Before, Given, Row, Steps
from ..definitions.layout import beside

# A bound above this share of its figure says too little about the figure to count as a check.
# In float32 one unit roundoff is already 6e-8: a share of 1e-6 would leave it a dozen roundings.
LIVE_SHARE = {"float64": 1e-6, "float32": 1e-3}


class Figures:
    """The figures that steps must give, each with its bound, in extended precision.

    Arrays of one kind stand side by side, as in Steps; p pairs of a step and a word it touches.

    Attributes:
        outputs, outputs_bound: (m,)
        entry: (p,) one place in Steps.words of each pair.
    """

    def __init__(self, steps: Steps, wide: type[np.floating[Any]] | None = None) -> None:
        self._given = given = Given(steps, Rounding(steps.dtype, wide))
        self._new = new = given.definition.step(given)
        self.outputs, self.outputs_bound = new.output.value[:, 0], new.output.error[:, 0]
        self.entry = given.pairs.entry
        self._layout = given.definition.layout(steps.hidden)
        # No row yet: it is the formulas that are looked at.
        formulas = new.rows(Row(given, slice(0, 0)))
        self._taken_off = {name: _descends(name, number) for name, number in formulas.items()}
        self._descents: dict[str, _Descent] = {}

    @cached_property
    def _after(self) -> list[Number]:
        return [self._new.others[state.name] for state in self._layout.others]

    @cached_property
    def others(self) -> Array:
        """All that isn't indexed by words after each step: (S, columns)."""
        return beside([one.value for one in self._after], 1)

    @cached_property
    def others_bound(self) -> Array:
        """The bounds of these."""
        return beside([one.error for one in self._after], 1)

    @cached_property
    def live(self) -> NDArray[np.bool_]:
        """Whether outputs and deltas of each step are pinned down by their bounds: (S,)."""
        steps = self._given.steps
        pinned = _pinned(self._new.output, steps.dtype) & _pinned(self._new.delta, steps.dtype)
        live: NDArray[np.bool_] = np.bincount(steps.step[~pinned], minlength=len(steps.others)) == 0
        return live

    def outputs_are_off_by(self, apart: Array) -> None:
        """Know of the outputs (m,) how far they are off, before anything is made of them."""
        self._new.output.be_off_by(apart[:, None])

    def apart(self, found: Array, some: slice) -> tuple[Array, Array]:
        """Compute by how much rows are above the new rows of some of the pairs, and the bounds.

        It takes a fraction of the time of some_rows, and is more exact; see docs/equality.md.

        Args:
            found: (some, columns), no wider than float64; the rows before the steps neither.

        Returns:
            Both in float64; what isn't finite, or overflows on the way, is NaN or infinite.
        """
        with np.errstate(all="ignore"):
            found, row = found.astype(np.float64, copy=False), Row(self._given, some)
            new: Mapping[str, Number] | None = None
            both = []
            for state in self._layout.by_word:
                own, descent = found[:, state.place], self._descent(state.name)
                if descent is not None:
                    both.append(descent.apart(own, row))
                    continue
                new = new or self._new.rows(row)
                number = new[state.name]
                difference = (own - number.value).astype(np.float64)
                both.append((difference, number.error.astype(np.float64)))
        apart, bound = zip(*both, strict=True)
        return beside(apart, 1), beside(bound, 1)

    def _descent(self, name: str) -> _Descent | None:
        term = self._taken_off[name]
        if term is not None and name not in self._descents:
            self._descents[name] = _Descent(self._given, name, term)
        return self._descents.get(name)

    def some_rows(self, some: slice) -> tuple[Array, Array]:
        """Compute the new rows of some of the pairs, and their bounds."""
        with np.errstate(all="ignore"):
            new = self._new.rows(Row(self._given, some))
            numbers = [new[state.name] for state in self._layout.by_word]
            values, bounds = [one.value for one in numbers], [one.error for one in numbers]
        return beside(values, 1), beside(bounds, 1)

    @property
    def rows(self) -> Array:
        """The new rows of all pairs: (p, columns)."""
        return self.some_rows(slice(0, len(self.entry)))[0]

    @property
    def rows_bound(self) -> Array:
        """The bounds of all new rows: (p, columns)."""
        return self.some_rows(slice(0, len(self.entry)))[1]


def expect(steps: Steps, wide: type[np.floating[Any]] | None = None) -> Figures:
    """Compute the figures that a correct network gives after each of the steps, and their bounds.

    Args:
        wide: the type to compute in; None takes the widest that there is.
    """
    with np.errstate(all="ignore"):
        return Figures(steps, wide)


def _pinned(number: Number, dtype: str) -> NDArray[np.bool_]:
    within: NDArray[np.bool_] = number.error <= LIVE_SHARE[dtype] * np.abs(number.value)
    return np.asarray(within.all(axis=1))


def _descends(name: str, number: Number) -> Number | None:
    """Return what is taken off, where a new row is the row before less a mean, and no more."""
    match number.terms if isinstance(number, Sum) else []:
        case [(1, Before() as before), (-1, Total() as total)]:
            return total.term if before.name == name else None
    return None


class _Descent:
    """New rows that are the rows before less a mean over reviews: nearly all of what is judged."""

    def __init__(self, given: Given, name: str, term: Number) -> None:
        self._given, self._name, self._term = given, name, term
        term = term.at(given.of_reviews)
        # What float64 has of each number, and the rest: a sum of two.
        self._high = term.value.astype(np.float64)
        self._low = (term.value - self._high).astype(np.float64)
        gamma = given.rounding.gamma
        self._bound = (term.error + gamma(1) * term.size).astype(np.float64)
        self._of_before = float(gamma(1))
        steps = given.steps
        self._single = steps.counts is None and given.pairs.order is None

    def apart(self, found: Array, row: Row) -> tuple[Array, Array]:
        """Compute found - (before - taken off), and the bounds."""
        before = row.before(self._name).astype(np.float64, copy=False)
        if self._single:
            high, low = (part.take(row.review, axis=0) for part in (self._high, self._low))
            bound = self._bound.take(row.review, axis=0)
            bound += self._of_before * np.abs(before)
        else:
            parts = row.mean(self._term).parts()
            high = parts.value.astype(np.float64)
            low = (parts.value - high).astype(np.float64)
            gamma = self._given.rounding.gamma(parts.terms)
            bound = (parts.error + gamma * (np.abs(before) + parts.size)).astype(np.float64)
        # Exactly what was moved, and what float64 lost of it: Knuth's two-sum.
        moved = found - before
        back = moved - found
        lost = (found - (moved - back)) - (before + back)
        moved += high
        lost += low
        moved += lost
        return moved, bound
