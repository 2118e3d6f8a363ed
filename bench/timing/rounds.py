"""Rounds: every network once, one at a time, in random order; and how many rounds are timed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..text.amounts import above_zero, whole
from ..text.progress import Advance
from .passes import Pass
from .secret import Secret

MIN_ROUNDS = 6  # below, no interval of 95 % for a median exists


class Runner(Protocol):
    """Whatever runs the passes of one network: a contestant in this process, or a worker."""

    @property
    def name(self) -> str:
        """The name of the network."""

    def time_pass(self, set_: int, round_: int, order: int, secret: Secret) -> Pass | None:
        """Time one pass from the secret of its round; None if it ended with a fault."""


def time_round(
    runners: Sequence[Runner],
    set_: int,
    round_: int,
    secret: Secret,
    advance: Advance | None = None,
) -> Iterator[Pass]:
    """Yield the passes of one round: every network once, one at a time, in a new random order.

    Args:
        secret: what all networks start from in this round, and in no other.
        advance: of a progress bar, which is told whose turn it is.
    """
    # Unseeded: the order must not favour the same network in every run.
    for place, runner in enumerate(random.SystemRandom().sample(runners, len(runners)), 1):
        if advance is not None:
            advance(0, runner.name)
        timed = runner.time_pass(set_, round_, place, secret)
        if timed is not None:
            yield timed


@dataclass(frozen=True)
class Plan:
    """How many rounds are timed.

    Attributes:
        rounds: how many; None for at least 6, until the budget is spent.
        budget: seconds; a round that would take longer isn't begun. None for no bound.
        precision: half the width that every interval must reach, as a share of its ratio; None
            where any width will do.

    Raises:
        BadInput: a number is not above 0.
    """

    rounds: int | None = None
    budget: float | None = None
    precision: float | None = None

    def __post_init__(self) -> None:
        if self.rounds is not None:
            whole("rounds", self.rounds, 1)
        for name, value in (("budget", self.budget), ("precision", self.precision)):
            if value is not None:
                above_zero(name, value)

    @property
    def reached(self) -> str:
        """What is said where the precision ended the rounds; empty if none is asked for."""
        if self.precision is None:
            return ""
        return f"every interval is within {100 * self.precision:.3g}% of its ratio"

    def done(self, rounds: int, seconds: float, widest: Callable[[], float]) -> str | None:
        """Say why no further round is timed; None if a further one is.

        Args:
            rounds, seconds: timed so far.
            widest: half the width of the widest interval, as a share of its ratio.
        """
        if self.rounds is not None and rounds >= self.rounds:
            return "as asked"
        if rounds < (MIN_ROUNDS if self.rounds is None else min(MIN_ROUNDS, self.rounds)):
            return None
        if self.precision is not None and widest() <= self.precision:
            return self.reached
        if self.budget is not None and seconds * (rounds + 1) / rounds > self.budget:
            fewest = "; no fewer rounds give an interval" if rounds == MIN_ROUNDS else ""
            return f"the budget of {self.budget:g} s was spent{fewest}"
        return None
