"""What the readers of files have in common: text in UTF-8, labels, and what becomes of bad rows.

Bad rows are told with their place, all at once, or left out with a count.
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
    """1.0 or 0.0; None for what is no label."""
    return _NAMES.get(str(name).strip().lower())


@dataclass(frozen=True)
class Columns:
    """How rows of a file are to be read.

    Attributes:
        text, label: the columns that hold them, of a CSV or Parquet file.
        skip_bad: leave bad rows out instead of stopping.
    """

    text: str = "text"
    label: str = "label"
    skip_bad: bool = False


@dataclass
class BadRows:
    """What is wrong with rows of one file."""

    path: Path
    skip: bool
    found: list[str] = field(default_factory=list)

    def add(self, line: int, what: str) -> None:
        """Remember what is wrong in a line, counted from 1."""
        self.found.append(f"{self.path}:{line}: {what}")

    def settle(self, rows: int) -> str:
        """A sentence on what was left out of so many rows; empty if nothing was.

        Raises:
            BadInput: there are bad rows and they aren't to be skipped, or no others.
        """
        if not self.found:
            return ""
        count = len(self.found)
        if self.skip and count < rows:
            return f"{self.path}: {count:,} of {rows:,} rows are bad and left out."
        shown = self.found[:MOST_SHOWN]
        more = [f"and {count - len(shown):,} more"] if count > len(shown) else []
        cure = "" if self.skip else "; mend them, or give --skip-bad-rows"
        raise BadInput("\n".join([*shown, *more]) + cure)


def decoded(content: bytes, path: Path) -> str:
    """The text of a file.

    Raises:
        BadInput: it isn't UTF-8.
    """
    try:
        # "-sig" drops the mark that some editors put first; it belongs to no word and no label.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{path}:{line}: not UTF-8; save the file as UTF-8") from None
