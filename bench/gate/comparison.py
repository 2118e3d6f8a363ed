"""What a gate compares: two networks and what is demanded of the first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from ..networks.registry import NamedNetwork
from ..networks.revision import Absent, check_out, counterpart
from ..networks.source_tree import Tree
from ..outcomes import Verdict
from ..records.rows import Finding
from ..workers.entry import Entry
from ..workers.shared_reviews import SharedReviews
from .decide import PASS, Threshold


@dataclass(frozen=True)
class Comparison:
    """Two networks, and what is demanded of the first.

    Attributes:
        shown: the baseline's name in tables, where it isn't that of its entry.
        what: whose time is compared: of a pass, of prepare or of reset.
    """

    network: Entry
    baseline: Entry
    threshold: Threshold
    shown: str = ""
    what: str = PASS

    @property
    def name(self) -> str:
        """The network's name in findings."""
        return self.network.name if self.what == PASS else f"{self.network.name} ({self.what})"

    @property
    def entries(self) -> tuple[Entry, Entry]:
        """The network and its baseline."""
        return self.network, self.baseline


def at(tree: Tree, network: NamedNetwork, reviews: SharedReviews) -> Entry:
    """Return a network as it is in the source tree of a revision.

    Raises:
        Absent: the revision does not have it, or it is no part of the repository.
    """
    there = counterpart(network.argument, tree)
    return Entry(f"{network.name}@{tree.name}", there, reviews, tree)


@dataclass(frozen=True)
class Demand:
    """What the user of a gate asked for.

    Attributes:
        baseline: the network that all others are compared with; None for none.
        against: the git revision with which each network is compared; None for none.
        max_slowdown: how much slower than the baseline a network may be, a fraction.
        faster_than: how many times faster than the baseline each network must be, in place of
            max_slowdown; None for no such claim.
        max_prepare_slowdown, max_reset_slowdown: how much slower its prepare and its reset may be
            than the baseline's, fractions; None for however much.
    """

    baseline: NamedNetwork | None = None
    against: str | None = None
    max_slowdown: float = 0.05
    faster_than: float | None = None
    max_prepare_slowdown: float | None = None
    max_reset_slowdown: float | None = None

    @property
    def around(self) -> dict[str, Threshold]:
        """What is demanded of prepare and reset."""
        asked = {"prepare": self.max_prepare_slowdown, "reset": self.max_reset_slowdown}
        return {
            what: Threshold.max_slowdown(fraction, what)
            for what, fraction in asked.items()
            if fraction is not None
        }

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
                try:
                    baseline = at(tree, NamedNetwork(entry.name, entry.network), reviews)
                    found.append(Comparison(entry, baseline, threshold))
                except Absent as reason:
                    absent.append(
                        Finding(
                            entry.name,
                            f"{entry.name}@{tree.name}",
                            Verdict.NO_BASELINE,
                            reason=str(reason),
                            limit=threshold.text,
                        )
                    )
        more = [
            replace(comparison, threshold=threshold, what=what)
            for comparison in found
            for what, threshold in self.around.items()
        ]
        return found + more, absent

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


@dataclass(frozen=True)
class BetweenRevisions:
    """A network at one revision may not be slower than at another; in place of a Demand.

    Attributes:
        now, then: the source trees of both.
        max_slowdown: how much slower it may be, a fraction.
        around: nothing is demanded of prepare and reset.
    """

    now: Tree
    then: Tree
    max_slowdown: float
    around: ClassVar[Mapping[str, Threshold]] = {}

    def comparisons(
        self, networks: Sequence[NamedNetwork], reviews: SharedReviews, files: Path
    ) -> tuple[list[Comparison], list[Finding]]:
        """Return a comparison for each network.

        Args:
            reviews: what all networks are trained on.
            files: isn't needed, since both trees are there.

        Raises:
            Absent: a revision does not have one of them.
        """
        threshold = Threshold.max_slowdown(self.max_slowdown)
        return [
            Comparison(at(self.now, one, reviews), at(self.then, one, reviews), threshold)
            for one in networks
        ], []
