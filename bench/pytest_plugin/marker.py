"""The gate as a pytest marker: `@pytest.mark.skipzeros(max_slowdown="5%", against="origin/main")`.

It takes what `skipzeros gate` takes, on the reviews of the benchmarks and in the scenario of the
test. What is slower, incorrect or failed fails the test; what could not be decided is an error
at its end, which JUnit readers tell from a failure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...impls.reviews import Reviews
from ..commands.gate import gate
from ..gate.comparison import Demand
from ..networks.registry import resolve
from ..networks.scenario import Scenario
from ..outcomes import BadInput
from ..records.rows import Finding
from ..text.amounts import factor, fraction

WORDS = ("max_slowdown", "against", "baseline", "faster_than", "network", "budget")
FAILURES = ("slower", "incorrect", "failed")
UNDECIDED = ("inconclusive", "uncertified", "no baseline")
SAMPLE, TIMEOUT = 1000, 600.0  # the defaults of `skipzeros gate`


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
        """From the marker's arguments.

        Raises:
            BadInput: one is unknown or no such amount, or there is nothing to compare with.
        """
        unknown = [str(one) for one in arguments] + [one for one in words if one not in WORDS]
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
            float(words.get("budget", 300)),
        )

    def findings(
        self, network: tuple[str, str], reviews: Reviews, spare: Reviews, data: str,
        scenario: Scenario, out: Path,
    ) -> list[Finding]:  # fmt: skip
        """The verdicts on one network, which `gate` writes into the folder out, too."""
        other = resolve([self.baseline])[0] if self.baseline else None
        demand = Demand([network], other, self.against, self.max_slowdown, self.faster_than)
        return gate(
            demand, reviews, spare, data, scenario, SAMPLE, None, self.budget, TIMEOUT, out
        ).findings
