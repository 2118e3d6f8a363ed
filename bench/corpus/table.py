"""What each reader of a table hands on, whatever the file was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

# The line of a row, its text and its label, as they stand.
Row = tuple[int, object, object]


@dataclass(frozen=True)
class Table:
    """A table whose rows are not yet read.

    Attributes:
        names: of the columns, as they stand.
        sample: the first row, a value for each column; empty without rows.
        rows: reads the rows, of two columns by their places.
        told: how the file is read, where that was found out: "semicolons", "Latin-1".
        without_header: whether the first row seems to be no names of columns.
    """

    names: Sequence[str]
    sample: Sequence[object]
    rows: Callable[[int, int], Iterator[Row]]
    told: list[str] = field(default_factory=list)
    without_header: bool = False
