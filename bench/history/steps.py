"""Where a series of ratios changed its level: a function that is piecewise constant, fitted to it.

The series is cut where that lowers the sum of absolute deviations from the medians of its pieces by
more than a penalty (PELT: Killick, Fearnhead and Eckley, JASA 107, 2012; asv looks for steps in
much the same way). Absolute deviations, because one bad day is no step. Logarithms of ratios to an
anchor are fitted, never milliseconds, which change with the machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ...impls.network import Array
from ..outcomes import BadInput

MISSING = "history needs ruptures to find steps: pip install 'skipzeros[history]'"
# A piece has at least so many points: what the last two do may be a bad day.
SHORTEST = 3
# A cut must lower the deviations, in units of the noise, by so many times log(points).
PENALTY = 4.0
# Placement makes runs of the same code differ by as much: a smaller noise is not believed.
LEAST_NOISE = 0.005
# Smaller changes are no steps, whatever the noise.
LEAST_STEP = 0.02
# The standard deviation of normal noise / the median of the absolute differences of neighbours.
ROBUST = 1.4826 / math.sqrt(2)


class Step(NamedTuple):
    """A change of level.

    Attributes:
        place: the first point of the new level.
        change: new level / old level; above 1 is slower.
    """

    place: int
    change: float


# The search takes time in proportion to the square of their number.
MOST_POINTS = 400


def steps_can_be_found() -> bool:
    """Say whether ruptures is installed, without importing it."""
    return find_spec("ruptures") is not None


def steps_of(ratios: Sequence[float]) -> list[Step]:
    """Find the steps among the last 400 of some ratios of times, in the order of their commits.

    Raises:
        BadInput: ruptures is missing.
    """
    skipped = max(0, len(ratios) - MOST_POINTS)
    logs = np.log(np.asarray(ratios[skipped:], float))
    if len(logs) < 2 * SHORTEST:
        return []
    if not steps_can_be_found():
        raise BadInput(MISSING)
    from ruptures import Pelt

    noise = max(LEAST_NOISE, ROBUST * float(np.median(np.abs(np.diff(logs)))))
    fitted = Pelt(model="l1", min_size=SHORTEST, jump=1).fit(logs[:, None] / noise)
    ends = fitted.predict(pen=PENALTY * math.log(len(logs)))
    pieces = [logs[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    found, place, level = [], skipped, _level(pieces[0])
    for before, piece in pairwise(pieces):
        place += len(before)
        new = _level(piece)
        if abs(new - level) >= LEAST_STEP:
            found.append(Step(place, math.exp(new - level)))
            level = new
    return found


def _level(piece: Array) -> float:
    return float(np.median(piece))
