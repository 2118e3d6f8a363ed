"""What a worker may take, and what it may do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What a worker may take, and what it may do.

    Attributes:
        timeout: seconds that one network may take to be certified, or for one pass.
        sandbox: whether it is confined where the system can do it; see networks/sandbox.py.
        memory_bytes: how much it may allocate; None for nine tenths of the machine's memory.
    """

    timeout: float
    sandbox: bool = True
    memory_bytes: int | None = None
