"""What is kept of a network's passes under the clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ...impls.network import Array
from .secret import Secret


@dataclass(frozen=True)
class Pass:
    """One timed training pass; PassRow says what its fields mean."""

    network: str
    set: int
    round: int
    order: int
    cpu_seconds: float
    wall_seconds: float
    process_seconds: float
    waits: int | None
    outputs_match: bool
    limit_seconds: float | None = None
    outer_seconds: float | None = None
    charged_seconds: float | None = None
    between_seconds: float | None = None
    floor_seconds: float | None = None
    prepare_seconds: float | None = None
    reset_seconds: float | None = None
    threads_used: int = 1
    device_used: str = "cpu"


class Seen(NamedTuple):
    """A timed pass that may be audited: from which secret, and what came of it.

    Attributes:
        outputs: (reviews,), or (passes, reviews) of passes in a row.
        bits: the digest of outputs and weights; empty where only the outputs are known.
    """

    secret: Secret
    outputs: Array
    bits: str


class LateWork(NamedTuple):
    """What it took to read all weights just after a pass, and once more.

    Attributes:
        told: CPU seconds of the pass, by the word of its process.
        first, again: CPU seconds of its process during the first and the second reading.
    """

    told: float
    first: float
    again: float


class Series(NamedTuple):
    """Some passes in a row on one bill, and one alone just before them.

    Attributes:
        alone: CPU seconds of that one, as they would be recorded.
        cpu_seconds: of all of those in a row, by the word of their process.
        over: by how many CPU seconds their bill exceeds that.
    """

    alone: float
    passes: int
    cpu_seconds: float
    over: float


def some(seconds: float) -> float:
    """Return seconds that can be divided by, since a process may say that it took none."""
    return max(seconds, 1e-9)
