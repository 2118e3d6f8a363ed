"""The floor under a pass: what it takes to move the bytes that no storage of its rows can avoid."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from ...impls.reviews import Reviews
from ..equality.result import Result
from ..networks.scenario import Scenario
from ..outcomes import Status
from .passes import Pass
from .ratios import device_used, floor_seconds, median_seconds

if TYPE_CHECKING:
    from .bandwidth import BandwidthProbe


# Of wider rows the tiles alone would take minutes to compile.
MOST_COLUMNS = 1 << 14


def bandwidth_probe(reviews: Reviews, scenario: Scenario) -> BandwidthProbe | None:
    """Make the probe of the limit of memory; None where numba is missing, or rows are too wide."""
    if find_spec("numba") is None or scenario.columns > MOST_COLUMNS:
        return None
    from .bandwidth import BandwidthProbe

    return BandwidthProbe(reviews, scenario)


class Moved(NamedTuple):
    """How long it took in one round to move rows; None where nothing was measured.

    Attributes:
        limit_seconds: for the rows of a pass, padded as memory moves them best.
        floor_seconds: for the bytes alone that no storage can avoid.
    """

    limit_seconds: float | None = None
    floor_seconds: float | None = None

    @classmethod
    def by(cls, probe: BandwidthProbe | None) -> Moved:
        """Measure it once."""
        if probe is None:
            return cls()
        limit = probe.seconds()
        return cls(limit, limit * probe.floor_share)

    def beside(self, timed: Pass) -> Pass:
        """Return a pass of that round, with these seconds."""
        return replace(timed, limit_seconds=self.limit_seconds, floor_seconds=self.floor_seconds)


def refuse_faster_than_memory(results: dict[str, Result], passes: pd.DataFrame) -> None:
    """Refuse networks that take less time than it takes to move what every storage must."""
    for name, result in results.items():
        own, floor = median_seconds(passes, name, "cpu"), floor_seconds(passes, name)
        if device_used(passes, name) != "cpu":
            continue  # it has memory of its own
        if result.certified and own < floor:
            results[name] = result.with_status(
                Status.REFUSED,
                f"faster than memory: a pass takes {1e3 * own:.3g} ms, and moving its rows once "
                f"there and back, without arithmetic and padding, at least {1e3 * floor:.3g} ms",
            )
