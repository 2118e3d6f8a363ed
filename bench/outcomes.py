"""What can come of a network, and what each outcome means for the exit code and the user."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

# Exit codes; where several hold, the first of 2, 3, 6, 5, 4, 1 counts.
SLOWER, BAD_INPUT, INCORRECT, INCONCLUSIVE, NO_BASELINE, FAILED = 1, 2, 3, 4, 5, 6


class BadInput(ValueError):
    """Something the user gave is wrong: the message says what, where, and what to do (exit 2)."""


class Incorrect(Exception):
    """The network is not the network; the message says at which review and figure."""


class Failed(Exception):
    """The network could not be judged or timed; the message says what stopped it."""


class Uncertified(Exception):
    """No fault was found, but a pass is not, bit for bit, the pass that was judged."""


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


def exit_code(findings: Iterable[Any]) -> int:
    """Where several hold, the first of 3, 6, 5, 4, 1 counts."""
    codes = {EXIT_CODES.get(finding.verdict, 0) for finding in findings}
    for code in (BAD_INPUT, INCORRECT, FAILED, NO_BASELINE, INCONCLUSIVE, SLOWER):
        if code in codes:
            return code
    return 0
