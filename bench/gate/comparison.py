"""What a gate compares: two networks and what is demanded of the first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..networks.registry import NamedNetwork
from ..networks.revision import Absent, check_out, counterpart
from ..outcomes import Verdict
from ..records.rows import Finding
from ..workers.entry import Entry
from ..workers.shared_reviews import SharedReviews
from .decide import Threshold


@dataclass(frozen=True)
class Comparison:
    """Two networks, and what is demanded of the first.

    Attributes:
        shown: the baseline's name in tables, where it isn't that of its entry.
    """

    network: Entry
    baseline: Entry
    threshold: Threshold
    shown: str = ""

    @property
    def entries(self) -> tuple[Entry, Entry]:
        """The network and its baseline."""
        return self.network, self.baseline


@dataclass(frozen=True)
class Demand:
    """What the user of a gate asked for.

    Attributes:
        baseline: the network that all others are compared with; None for none.
        against: the git revision with which each network is compared; None for none.
        max_slowdown: how much slower than the baseline a network may be, a fraction.
        faster_than: how many times faster than the baseline each network must be, in place of
            max_slowdown; None for no such claim.
    """

    baseline: NamedNetwork | None = None
    against: str | None = None
    max_slowdown: float = 0.05
    faster_than: float | None = None

    def comparisons(
        self, networks: Sequence[NamedNetwork], reviews: SharedReviews, files: Path
    ) -> tuple[list[Comparison], list[Finding]]:
        """Find out what is to be compared.

        Args:
            reviews: what all networks are trained on.
            files: an empty folder for the files of the revision.

        Returns:
            The comparisons, and a finding for each network that the revision doesn't have.

        Raises:
            BadInput: see check_out.
        """
        entries = [Entry(name, network, reviews) for name, network in networks]
        found, absent = list(self._with_baseline(entries)), []
        if self.against is not None:
            tree = check_out(self.against, files)
            threshold = Threshold.max_slowdown(self.max_slowdown)
            for entry in entries:
                name = f"{entry.name}@{tree.name}"
                try:
                    there = counterpart(entry.network, tree)
                    baseline = Entry(name, there, reviews, tree)
                    found.append(Comparison(entry, baseline, threshold))
                except Absent as reason:
                    absent.append(
                        Finding(
                            entry.name,
                            name,
                            Verdict.NO_BASELINE,
                            reason=str(reason),
                            limit=threshold.text,
                        )
                    )
        return found, absent

    def _with_baseline(self, entries: Sequence[Entry]) -> Iterator[Comparison]:
        if self.baseline is None:
            return
        name, network = self.baseline
        threshold = Threshold.max_slowdown(self.max_slowdown)
        if self.faster_than is not None:
            threshold = Threshold.faster_than(self.faster_than)
        for entry in entries:
            if entry.name == name and len(entries) > 1:
                continue
            # A network compared with itself has two processes, which records must tell apart.
            own = f"{name} (again)" if entry.name == name else name
            baseline = Entry(own, network, entry.reviews)
            yield Comparison(entry, baseline, threshold, name)
