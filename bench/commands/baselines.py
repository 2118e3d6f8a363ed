"""The baselines of a run: which networks its ratios relate to, where not every one can serve."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from ..equality.result import Result
from ..outcomes import Status
from ..text.progress import note
from ..timing.ratios import Ratio, paired_ratio, slowest
from ..timing.ratios import widest as widest_to

# What a network may be in a scenario without a fault of its own.
NO_PART = (Status.NOT_APPLICABLE, Status.UNAVAILABLE)


def say_of_baselines(baselines: Sequence[str], results: Mapping[str, Result]) -> None:
    """Say on stderr which baselines take no part, before time is spent on the other networks.

    Args:
        baselines: the first is that of the records.
        results: of each network by its name, as far as they are known.
    """
    for name in baselines:
        found = results.get(name)
        if found is not None and found.status in NO_PART:
            instead = "The slowest certified network takes its place."
            if name != baselines[0]:
                instead = "There are no ratios to it."
            note(f"The baseline {name} is {found.status}: {found.reason}. {instead}")


@dataclass(frozen=True)
class Baselines:
    """The networks that ratios relate to.

    Attributes:
        named: the baseline of the records.
        further: those that the table tells ratios to as well.
        results: of each network by its name, from its certificate on.
    """

    named: str
    further: Iterable[str]
    results: Mapping[str, Result]

    def first(self, passes: pd.DataFrame) -> str:
        """Return the baseline; where it takes no part, the slowest certified network so far."""
        found = self.results.get(self.named)
        if found is None or found.status not in NO_PART:
            return self.named
        return slowest(passes, self._certified) or self.named

    def beside(self, passes: pd.DataFrame) -> dict[str, dict[str, Ratio]]:
        """Return the ratio of each certified network to each further baseline that is certified."""
        return {
            other: {name: paired_ratio(passes, name, other) for name in self._certified}
            for other in self._others(passes)
        }

    def widest(self, passes: pd.DataFrame, networks: Iterable[str]) -> float:
        """Return half the width of the widest interval of some networks; see timing.ratios."""
        names = list(networks)
        others = [name for name in self._others(passes) if name in names]
        return max(widest_to(passes, names, one) for one in (self.first(passes), *others))

    @property
    def _certified(self) -> list[str]:
        return [name for name, result in self.results.items() if result.certified]

    def _others(self, passes: pd.DataFrame) -> list[str]:
        first, certified = self.first(passes), self._certified
        return [name for name in self.further if name in certified and name != first]
