"""What a gate found out about one network: a row of gate.csv, and what its reader does next."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from .errors import BAD_INPUT, FAILED, INCONCLUSIVE, INCORRECT, NO_BASELINE, SLOWER

# What each verdict means for the exit code, and the one sentence of what to do next.
EXIT_CODES = {
    "incorrect": INCORRECT,
    "failed": FAILED,
    "no baseline": NO_BASELINE,
    "inconclusive": INCONCLUSIVE,
    "uncertified": INCONCLUSIVE,
    "slower": SLOWER,
}
NEXT_STEPS = {
    "pass": "Nothing to do.",
    "faster": "Nothing to do, but to tell.",
    "slower": "Make it faster, or ask for less, knowingly.",
    "inconclusive": "Do what the reason says, or run the gate again; the code is not to blame yet.",
    "no baseline": "Name a baseline, or a revision, that has the network and certifies.",
    "incorrect": "Mend it first: `skipzeros check` tells the review and the figure.",
    "uncertified": "Make each pass repeat itself bit for bit: `skipzeros check` tells where it "
    "doesn't.",
    "failed": "Mend what the reason names; `skipzeros check` fails in the same way.",
    "not applicable": "Nothing to do: the network doesn't take this input.",
    "unavailable": "Install what the reason names.",
}


@dataclass(frozen=True)
class Finding:
    """The verdict on one network against one baseline.

    Attributes:
        verdict: a key of NEXT_STEPS.
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
    verdict: str
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


# The columns of gate.csv, in the order that tests outside the project rely on, then ours.
GATE_COLUMNS = (
    "network", "baseline", "verdict", "ratio", "ratio_low", "ratio_high", "sets", "rounds",
    "minimum_detectable", "seconds", "reason", "limit", "clock",
)  # fmt: skip


def exit_code(findings: Iterable[Finding]) -> int:
    """Where several hold, the first of 3, 6, 5, 4, 1 counts."""
    codes = {EXIT_CODES.get(finding.verdict, 0) for finding in findings}
    for code in (BAD_INPUT, INCORRECT, FAILED, NO_BASELINE, INCONCLUSIVE, SLOWER):
        if code in codes:
            return code
    return 0
