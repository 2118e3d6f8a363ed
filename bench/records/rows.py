"""What a gate found out about one network: a row of gate.csv, and what its reader does next."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..outcomes import Verdict


@dataclass(frozen=True)
class Finding:
    """The verdict on one network against one baseline.

    Attributes:
        reason: one line, for every verdict but pass and faster.
        limit: what was demanded, in words: "at most 5% slower", "at least 20x faster".
        ratio, ratio_low, ratio_high: time of the network / time of the baseline, as decided; NaN
            where nothing was timed, and the ends below 6 rounds.
        sets, rounds: sets of fresh workers, and rounds in all of them.
        minimum_detectable: the smallest slowdown, a fraction, that the first look would have
            found with 99 % on this machine.
        seconds: wall time until the verdict was known, from the gate's start.
        clock: cpu or wall.
    """

    network: str
    baseline: str
    verdict: Verdict
    reason: str = ""
    limit: str = ""
    ratio: float = math.nan
    ratio_low: float = math.nan
    ratio_high: float = math.nan
    sets: int = 0
    rounds: int = 0
    minimum_detectable: float = math.nan
    seconds: float = math.nan
    clock: str = ""

    def __post_init__(self) -> None:
        # From a record it comes as text.
        object.__setattr__(self, "verdict", Verdict(self.verdict))
