"""What is known of one network in one scenario; each step on the way to a speed adds to it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ..outcomes import Status
from .certificate import Certificate


@dataclass(frozen=True)
class Result:
    """What is known of one network.

    Attributes:
        name: in tables and records.
        reason: why it has this status, in one line; empty where it is certified.
        certificate: None where the network was never judged.
        prepare_seconds: what making its own form of the reviews took; NaN if not measured.
        compile_seconds: by which the first call of train took longer than the second: compiling,
            or loading what was compiled before.
        peak_memory_bytes: what it holds at most; None if not measured.
        audited: what of a pass the audit can't see, as a share of it; NaN where there was none.
        start_seconds: what its process took to start, with what it imports.
        cases, of_cases: how many cases of the matrix it was certified in, and how many there are.
        no_room: how many of them it has no room for, and what it said of the first.
        left_out: those that were left out because the others took too long.
        cases_seconds: what trying them took.
        case: the plainest one that it got wrong; empty for none.
    """

    name: str
    status: Status
    reason: str = ""
    certificate: Certificate | None = None
    prepare_seconds: float = math.nan
    compile_seconds: float = math.nan
    peak_memory_bytes: int | None = None
    audited: float = math.nan
    start_seconds: float = 0.0
    cases: int = 0
    of_cases: int = 0
    no_room: tuple[int, str] = (0, "")
    left_out: tuple[str, ...] = ()
    cases_seconds: float = 0.0
    case: str = ""

    @property
    def certified(self) -> bool:
        """Whether the network is certified, so that it may have a speed."""
        return self.status == Status.CERTIFIED

    def with_status(self, status: Status, reason: str) -> Result:
        """Return the result with another status, for what was found out later."""
        return replace(self, status=status, reason=reason)
