"""The bad rows of a file: named with their places, all at once, or left out and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..outcomes import BadInput

MOST_SHOWN = 5
# So many are remembered before all but the first ones are forgotten.
_MOST_KEPT = 1000


@dataclass
class BadRows:
    """The bad rows of one file, and what is wrong with each of the first ones.

    Attributes:
        path: the file.
        skip: whether they are left out; otherwise they are an error.
        count: how many there are.
        found: the lines of the first ones, and perhaps of more, and what is wrong there.
    """

    path: Path
    skip: bool
    count: int = 0
    found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, what: str) -> None:
        """Remember what is wrong in a line, counted from 1."""
        self.add_all([line], 1, what)

    def add_all(self, first: Sequence[int], count: int, what: str) -> None:
        """Remember what is wrong in so many lines, of which the first few are named."""
        self.count += count
        self.found += [(line, what) for line in first]
        if len(self.found) > _MOST_KEPT:
            self.found = sorted(self.found)[:MOST_SHOWN]

    def settle(self, rows: int) -> str:
        """Decide what becomes of the bad rows, once all rows are read.

        Args:
            rows: how many there are in all.

        Returns:
            A sentence on what was left out; empty if nothing was.

        Raises:
            BadInput: there are bad rows that may not be skipped, or only bad ones.
        """
        if not self.count:
            return ""
        if self.skip and self.count < rows:
            return f"{self.path}: {self.count:,} of {rows:,} rows are bad and left out."
        shown = [f"{self.path}:{line}: {what}" for line, what in sorted(self.found)[:MOST_SHOWN]]
        more = [f"and {self.count - len(shown):,} more"] if self.count > len(shown) else []
        cure = "" if self.skip else "; mend them, or leave them out with skip_bad_rows"
        raise BadInput("\n".join([*shown, *more]) + cure)
