"""The gate as a pytest marker: `@pytest.mark.skipzeros(max_slowdown="5%", against="origin/main")`.

It takes options of `skipzeros gate`, and runs on the reviews of the benchmarks and in the scenario
of the test. A network that is slower, incorrect, refused or failed fails the test; what could not
be decided is an error at the end of the test, which readers of JUnit can tell from a failure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..commands.experiment import Experiment
from ..commands.gate import BUDGET, gate
from ..gate.comparison import Demand
from ..networks.registry import resolve
from ..outcomes import BadInput, Verdict
from ..records.rows import Finding
from ..text.amounts import factor, fraction
from ..timing.rounds import Plan

WORDS = ("max_slowdown", "against", "baseline", "faster_than", "network", "budget")
FAILURES = (Verdict.SLOWER, Verdict.INCORRECT, Verdict.REFUSED, Verdict.FAILED)
UNDECIDED = (Verdict.INCONCLUSIVE, Verdict.UNCERTIFIED, Verdict.NO_BASELINE)


@dataclass(frozen=True)
class Marked:
    """What the marker of a test asks for."""

    baseline: str | None
    against: str | None
    max_slowdown: float
    faster_than: float | None
    budget: float

    @classmethod
    def read(cls, arguments: Sequence[object], words: Mapping[str, Any]) -> Marked:
        """Read the arguments of the marker.

        Raises:
            BadInput: one is unknown or no such amount, or there is nothing to compare with.
        """
        unknown = [*map(str, arguments), *(word for word in words if word not in WORDS)]
        if unknown:
            raise BadInput(f"pytest.mark.skipzeros takes {', '.join(WORDS)}, not {unknown[0]!r}")
        baseline, against = words.get("baseline"), words.get("against")
        claim = words.get("faster_than")
        if not (baseline or against or claim):
            raise BadInput(
                "pytest.mark.skipzeros has nothing to compare with: give baseline='dense', "
                "against='origin/main' or faster_than='20x'"
            )
        return cls(
            baseline or ("dense" if claim else None),
            against,
            fraction(str(words.get("max_slowdown", "5%"))),
            factor(str(claim)) if claim else None,
            float(words.get("budget", BUDGET)),
        )

    def findings(self, experiment: Experiment) -> list[Finding]:
        """Gate the networks of an experiment, as `skipzeros gate` does; return the verdicts."""
        other = resolve([self.baseline])[0] if self.baseline else None
        demand = Demand(other, self.against, self.max_slowdown, self.faster_than)
        return gate(experiment, demand, Plan(budget=self.budget)).findings
