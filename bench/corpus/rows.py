"""The bad rows of a file: named with their places, all at once, or left out and counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ..outcomes import BadInput

MOST_SHOWN = 5


@dataclass
class BadRows:
    """The bad rows of one file, and what is wrong with each."""

    path: Path
    skip: bool
    found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, what: str) -> None:
        """Remember what is wrong in a line, counted from 1."""
        self.found.append((line, what))

    def settle(self, rows: int) -> str:
        """Decide what becomes of the bad rows, once all rows are read.

        Args:
            rows: how many there are in all.

        Returns:
            A sentence on what was left out; empty if nothing was.

        Raises:
            BadInput: there are bad rows that may not be skipped, or only bad ones.
        """
        if not self.found:
            return ""
        count = len(self.found)
        if self.skip and count < rows:
            return f"{self.path}: {count:,} of {rows:,} rows are bad and left out."
        shown = [f"{self.path}:{line}: {what}" for line, what in sorted(self.found)[:MOST_SHOWN]]
        more = [f"and {count - len(shown):,} more"] if count > len(shown) else []
        cure = "" if self.skip else "; mend them, or leave them out with skip_bad_rows"
        raise BadInput("\n".join([*shown, *more]) + cure)
