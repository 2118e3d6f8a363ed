"""What stands beside a network's own word on its passes; bills.py draws the conclusions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

from ...impls.reviews import Reviews
from ..networks.scenario import Scenario
from .passes import LateWork, Pass, Seen, Series, some
from .price import UNKNOWN, Around, granted

# A pass alone may take so much less than each of many in a row, and nothing is wrong.
PACE_SHARE = 0.1
# So many prices from beside the passes say more than those from before the rounds.
ENOUGH = 3


class Beside(NamedTuple):
    """CPU seconds around two short passes that were made just after a timed one.

    Attributes:
        price: of the network.
        delivery: of a network that does nothing, with all reviews; NaN where nobody can tell.
        carried: of that, for all outputs but two.
    """

    price: float
    delivery: float
    carried: float = 0.0


@dataclass(kw_only=True)
class Evidence:
    """What was seen of a network in one process.

    Attributes:
        prepared_from, scenario: what a pass is made on.
        delivery: what surrounds a pass of a network that does nothing, before the rounds.
        prices, overs: by how much the bills of short passes, before the rounds, and of whole ones
            exceeded them.
        beside: the same of short passes between the rounds, under the conditions of those.
        passes: what was timed.
        series: passes in a row, of a network whose passes are short.
        late: readings of the weights after some of the others.
        audited: one of the timed passes, each with the same probability.
        audited_in_series: one of the last passes in a row.
        doubted: passes for which two processes gave different bits.
    """

    name: str
    prepared_from: Reviews
    scenario: Scenario
    delivery: Around = UNKNOWN
    prices: list[float] = field(default_factory=list)
    overs: list[float] = field(default_factory=list)
    beside: list[Beside] = field(default_factory=list)
    passes: list[Pass] = field(default_factory=list)
    series: list[Series] = field(default_factory=list)
    late: list[LateWork] = field(default_factory=list)
    audited: Seen | None = None
    audited_in_series: Seen | None = None
    doubted: list[Seen] = field(default_factory=list)

    @property
    def reviews(self) -> int:
        """How many reviews a pass has."""
        return len(self.prepared_from)

    def price(self, own: float) -> float:
        """Return the seconds of a bill that are explained by what surrounds a pass.

        Args:
            own: what a pass takes by the word of its process.
        """
        if not self.prices:
            return 0.0
        # An update of all rows, as dense makes it, costs one review as much as a whole batch.
        updates = math.ceil(self.reviews / self.scenario.batch_size)
        prices = [one.price for one in self.beside] if self._enough else self.prices
        outputs = self._beside_or(lambda one: one.carried, self.delivery.carried_seconds)
        return granted(prices, self.delivery_seconds, own, updates, outputs)

    @property
    def delivery_seconds(self) -> float:
        """CPU seconds around a pass of a network that does nothing, when the price was taken."""
        return self._beside_or(lambda one: one.delivery, self.delivery.cpu_seconds)

    def _beside_or(self, figure: Callable[[Beside], float], before: float) -> float:
        """Return the median of a figure between the rounds, or what it was before them."""
        return median(map(figure, self.beside)) if self._enough else before

    @property
    def _enough(self) -> bool:
        # Neighbours that take the memory make all of a bill longer, and a calm price too small.
        return len(self.beside) >= ENOUGH

    @property
    def paces(self) -> list[float]:
        """log(time of a pass alone / of each of those in a row after it), for each series."""
        return [
            math.log(
                some(one.alone * one.passes) / some(one.cpu_seconds + max(0.0, one.over - price))
            )
            for one in self.series
            for price in [self.price(one.cpu_seconds / one.passes)]
        ]

    @property
    def doubtful(self) -> bool:
        """Whether more passes in a row are wanted, because a pass alone seems to take less."""
        return bool(self.series) and median(self.paces) < math.log(1 - PACE_SHARE)
