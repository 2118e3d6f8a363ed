"""What the readers of files have in common: text in UTF-8, labels, and what becomes of bad rows.

Bad rows are named with their places, all at once, or left out and counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ..outcomes import BadInput

MOST_SHOWN = 5

_NAMES = {
    **dict.fromkeys("1 1.0 +1 positive pos true".split(), 1.0),
    **dict.fromkeys("0 0.0 -1 -1.0 negative neg false".split(), 0.0),
}
NAMES = "1 or 0, positive or negative, true or false, +1 or -1"


def label_of(name: object) -> float | None:
    """Return 1.0 for a positive label and 0.0 for a negative one; None for what is no label."""
    return _NAMES.get(str(name).strip().lower())


@dataclass(frozen=True)
class Columns:
    """How rows of a file are to be read.

    Attributes:
        text, label: the names of the columns with the texts and labels in a CSV or Parquet file.
        skip_bad: whether bad rows are left out; otherwise they are an error.
    """

    text: str = "text"
    label: str = "label"
    skip_bad: bool = False


@dataclass
class BadRows:
    """The bad rows of one file, and what is wrong with each."""

    path: Path
    skip: bool
    found: list[str] = field(default_factory=list)

    def add(self, line: int, what: str) -> None:
        """Remember what is wrong in a line, counted from 1."""
        self.found.append(f"{self.path}:{line}: {what}")

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
        shown = self.found[:MOST_SHOWN]
        more = [f"and {count - len(shown):,} more"] if count > len(shown) else []
        cure = "" if self.skip else "; mend them, or leave them out with skip_bad_rows"
        raise BadInput("\n".join([*shown, *more]) + cure)


def decoded(content: bytes, path: Path) -> str:
    """Decode the content of a file.

    Raises:
        BadInput: the content isn't UTF-8.
    """
    try:
        # "-sig" drops the mark that some editors put first; it belongs to no word and no label.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{path}:{line}: not UTF-8; save the file as UTF-8") from None
