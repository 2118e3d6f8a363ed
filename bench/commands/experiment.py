"""What a command works on: which networks, on which reviews, in which scenario, written where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from ...impls.reviews import Reviews
from ..arrays.files import blocks
from ..corpus import Corpus
from ..networks.packed import LESSON
from ..networks.registry import NamedNetwork
from ..networks.scenario import Scenario
from ..outcomes import BadInput
from ..records.rows import Setting
from ..text.amounts import above_zero, whole
from ..workers.limits import Limits

# Reviews to judge at random where passes are timed as well.
JUDGED = 1000
TIMEOUT = 600.0
FIRST = 2000
# More than anybody waits, and less than clocks can't count.
MOST_SECONDS = 1e6


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """Networks in one scenario, on some reviews of one corpus.

    Attributes:
        networks: the networks that take part.
        baseline: the name of the network that ratios relate to; empty where there are no ratios.
        beside: the names of further networks that a run tells ratios to.
        corpus: where the reviews come from.
        first: how many training reviews are used, from the first on; None uses all.
        certify: how many reviews are judged at random, beside the first 200 and the 50 longest;
            None judges all.
        timeout: seconds that one network may take to be certified, or for one pass.
        sandbox: whether networks are confined where the system can do it: they write nowhere but
            into a temporary folder, open no TCP connection and signal no other process.
        audit: how many timed passes of each network are made once more and judged; None: three
            short ones or one long one, and none of the built-in networks.
        out: the folder for records.
        resume: whether to go on where an interrupted run in that folder stopped.
        wait: whether to wait while something else is timed on this machine; if not, the command
            fails.

    Raises:
        BadInput: a number of reviews is no whole number from 1, the seconds aren't above 0, or
            sandbox or wait is neither True nor False.

    Example:
        >>> experiment: Experiment = check("add-reduce", reviews=100).experiment
        >>> experiment.scenario.hidden, len(experiment.reviews)
        (10, 100)
    """

    networks: Sequence[NamedNetwork]
    corpus: Corpus
    baseline: str = ""
    beside: Sequence[str] = ()
    first: int | None = FIRST
    scenario: Scenario = field(default_factory=Scenario)
    certify: int | None = JUDGED
    timeout: float = TIMEOUT
    sandbox: bool = True
    audit: int | None = None
    out: Path = Path("results/latest")
    resume: bool = False
    wait: bool = True

    def __post_init__(self) -> None:
        # Numbers of numpy turn into Python's, as in Scenario.
        put = partial(object.__setattr__, self)
        for name, argument in (("first", "reviews"), ("certify", "certify"), ("audit", "audit")):
            if getattr(self, name) is not None:
                put(name, whole(argument, getattr(self, name), int(name != "audit")))
        for name, value in (("sandbox", self.sandbox), ("wait", self.wait)):
            if value not in (True, False):
                raise BadInput(f"{name}={value!r}: must be True or False")
        above_zero("learning_rate", self.scenario.learning_rate)
        put("timeout", min(above_zero("timeout", self.timeout), MOST_SECONDS))

    @cached_property
    def reviews(self) -> Reviews:
        """The reviews to train on, with the values that the scenario gives to words."""
        return self.scenario.reviews(self.corpus.train[: self.first])

    @cached_property
    def spare(self) -> Reviews:
        """The training reviews that come after those; there may be none."""
        rest = len(self.corpus.train) if self.first is None else self.first
        return self.scenario.reviews(self.corpus.train[rest:])

    def refuse_other_than_the_lesson(self, command: str) -> None:
        """Refuse another definition, for a command that accounts for the lesson's step alone.

        Raises:
            BadInput: the scenario has one.
        """
        if self.scenario.definition != LESSON:
            raise BadInput(
                f"definition={self.scenario.definition!r}: {command} knows the lesson's step only; "
                "run, check and gate know others"
            )

    @property
    def hint(self) -> str:
        """What the scenario drops of the reviews, and what would keep it; empty for nothing."""
        if self.scenario.input == "counts" or (fraction := self.fraction) is None:
            return ""
        return (
            f"{self.corpus.name}: its values, such as {fraction:.3g}, are no counts of words, and "
            "presence drops them; input='counts' keeps them."
        )

    @property
    def fraction(self) -> float | None:
        """The first value of the data that is no whole number; None where all are."""
        counts = self.corpus.train.stored_counts
        if counts is None or counts.dtype.kind != "f":
            return None
        for part in blocks(counts):
            fractions = part[part != np.floor(part)]
            if fractions.size:
                return float(fractions[0])
        return None

    @property
    def setting(self) -> Setting:
        """What is computed and on which reviews, as every record tells it."""
        return Setting.of(self.reviews, self.corpus.name, self.scenario)

    @property
    def limits(self) -> Limits:
        """What a worker may take, and what it may do."""
        return Limits(self.timeout, self.sandbox)

    def on(self, reviews: Reviews, scenario: Scenario, out: Path) -> Experiment:
        """Return the same experiment on other reviews, in another scenario and folder."""
        corpus = replace(self.corpus, train=reviews)
        return replace(self, corpus=corpus, first=None, scenario=scenario, out=out)
