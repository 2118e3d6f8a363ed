"""The seconds of an advice."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field


@dataclass
class Budget:
    """The seconds of an advice, and what they were too few for.

    Attributes:
        left_out: what can't be had here, and why, in a sentence each.
        too_long: what there is no time for, and how many seconds would do.
        of_a_network: what a run has taken for each of its networks, on this machine now.
    """

    seconds: float
    begun: float = field(default_factory=time.perf_counter)
    left_out: list[str] = field(default_factory=list)
    too_long: dict[str, int] = field(default_factory=dict)
    of_a_network: float = 0.0

    @property
    def spent(self) -> float:
        return time.perf_counter() - self.begun

    def has(self, networks: float, what: str, beside: float = 0.0) -> bool:
        """Say whether there is time for a run of so many networks, or note what is left out.

        Args:
            beside: seconds that come to it.
        """
        needed = self.spent + networks * self.of_a_network + beside
        if needed <= self.seconds:
            return True
        self.too_long[what] = 10 * math.ceil(needed / 10)
        return False

    @property
    def told(self) -> list[str]:
        """What is left out, in a sentence each."""
        if not self.too_long:
            return self.left_out
        return [
            *self.left_out,
            f"Not measured, because the time was over: {', '.join(self.too_long)}; "
            f"seconds={max(self.too_long.values())} may be enough.",
        ]
