"""What the difference between two networks is made of: from measured passes to shares.

A pass is taken apart by what it would take without something (timing/what_if.py). What is left at
the end does not depend on the length of a row: the calls from Python, and whatever else is done for
each word and review. Calls get no more of it than as many take here, and the rest is unexplained.
Where instructions were counted, what is done with rows takes no more than they can take.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass

import pandas as pd

from ...impls.network import Array
from ..timing.ratios import CONFIDENCE, Ratio, median_bound
from ..timing.what_if import WhatIf, other_width
from .formulas import Work

# In the order in which they are told.
THINGS = ("python_calls", "by_zero", "by_one", "needed", "bytes", "unexplained")


@dataclass(frozen=True)
class Parts:
    """The seconds of a pass by what they are spent on; their sum is the pass.

    Attributes:
        python_calls: calls from Python, with what they allocate.
        by_zero: what the words that are in no review cost, whose numbers are zero.
        by_one: multiplying the numbers of the rows by one.
        needed: whatever else is done with the numbers of the rows, in the nearest caches.
        bytes: bringing rows from where they lie to the nearest caches, and back.
        unexplained: what else is done for each word and review.
    """

    python_calls: float
    by_zero: float
    by_one: float
    needed: float
    bytes: float
    unexplained: float

    @classmethod
    def of(cls, passes: WhatIf, hidden: int, by_one: float, calls_seconds: float) -> Parts:
        """Take a pass apart.

        Args:
            hidden: units of the hidden layer.
            by_one: which share of what is done with the numbers of rows is multiplying by one.
            calls_seconds: how long the calls that Python makes in a pass take, at most.
        """
        # On the line through both widths, down to none.
        rows = (passes.few - passes.other) * hidden / (hidden - other_width(hidden))
        left = passes.few - rows
        calls = min(max(left, 0.0), calls_seconds)
        return cls(
            python_calls=calls,
            by_zero=passes.near - passes.few,
            by_one=rows * by_one,
            needed=rows * (1 - by_one),
            bytes=passes.whole - passes.near,
            unexplained=left - calls,
        )


def share_by_one(work: Work | None) -> float:
    """Return the share of multiplications by one in all operations but those on zeros."""
    if work is None:
        return 0.0
    # The sum that a product of zero goes into is one of zeros too.
    zeros = work.by_zero + min(work.by_zero, work.additions)
    left = work.multiplications + work.additions - zeros
    return min(1.0, work.by_one / left) if left > 0 else 0.0


@dataclass(frozen=True)
class Share:
    """Which share of the difference something explains, with its 95 % interval; NaN for unknown."""

    share: float = math.nan
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True)
class Counts:
    """What callgrind counted of both networks, for a whole pass: the first's less the second's.

    Attributes:
        instructions, lines: executed, and brought into the first cache.
        instruction_seconds: how long one takes in the nearest caches, at most.
    """

    instructions: float
    lines: float
    instruction_seconds: float


def shares(
    first: Sequence[Parts], second: Sequence[Parts], counts: Counts | None = None
) -> dict[str, Share]:
    """Say which share of the difference of two networks each of THINGS explains.

    A share is the median of the rounds' differences in a thing over the sum of all these medians,
    so that the shares sum to 1. It is below 0 where the network that is slower on the whole is the
    faster one there. Intervals are those of the median of the rounds' own shares, by order
    statistics, as the intervals of ratios are.

    Args:
        first, second: the parts of both networks, in the rounds that both have.
        counts: None where they aren't known.
    """
    rounds = pd.DataFrame(
        [
            _checked([mine - its for mine, its in zip(astuple(one), astuple(other), strict=True)],
                     counts)
            for one, other in zip(first, second, strict=True)
        ],
        columns=list(THINGS),
    )  # fmt: skip
    differences = rounds.median()
    whole, sums = float(differences.sum()), rounds.sum(axis=1)
    if not len(rounds) or not whole or not sums.all():
        return dict.fromkeys(THINGS, Share())
    return {
        thing: _share(float(differences[thing]) / whole, (rounds[thing] / sums).to_numpy())
        for thing in THINGS
    }


def _checked(difference: list[float], counts: Counts | None) -> list[float]:
    """Take from what is needed what the instructions can't account for.

    Rows that are too long for the first cache make the same instructions slower: that is bytes, if
    more lines are brought there too, and else unexplained.
    """
    if counts is None:
        return difference
    found = dict(zip(THINGS, difference, strict=True))
    most = abs(counts.instructions) * counts.instruction_seconds
    beyond = found["needed"] - min(max(found["needed"], -most), most)
    found["needed"] -= beyond
    found["bytes" if beyond * counts.lines > 0 else "unexplained"] += beyond
    return list(found.values())


def _share(share: float, each: Array) -> Share:
    low, high = (median_bound(each, side, (1 - CONFIDENCE) / 2) for side in ("greater", "less"))
    if math.isinf(low) or math.isinf(high):
        return Share(share)
    return Share(share, min(share, low), max(share, high))


def there_is_a_difference(ratio: Ratio) -> bool:
    """Say whether the interval of a ratio leaves out 1; without an interval, whether it isn't 1."""
    low, high = (ratio.ratio if math.isnan(end) else end for end in (ratio.low, ratio.high))
    return low > 1 or high < 1
