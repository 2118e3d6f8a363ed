"""The labels of rows that come one by one: which each row has, and where each stands."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from .rows import MOST_SHOWN


class RowLabels:
    """The labels of the rows of a file, a number each, however long their names are.

    Attributes:
        lines: for each label the first few lines in which it stands.
    """

    def __init__(self) -> None:
        self.lines: dict[str, list[int]] = {}
        self._code_of: dict[str, int] = {}
        self._codes = array("i")

    def __len__(self) -> int:
        return len(self._codes)

    def add(self, label: str, line: int) -> None:
        """Add the label of the next row, as named returns it."""
        code = self._code_of.setdefault(label, len(self._code_of))
        self._codes.append(code)
        lines = self.lines.setdefault(label, [])
        if len(lines) < MOST_SHOWN:
            lines.append(line)

    @property
    def counted(self) -> Counter[str]:
        """How many rows have each label, in the order in which these first stand."""
        sizes = np.bincount(self._as_array, minlength=len(self._code_of)).tolist()
        return Counter(dict(zip(self._code_of, sizes, strict=True)))

    def first_row(self, label: str) -> int:
        """Return the number of the first row with a label, counted from 1."""
        return self._codes.index(self._code_of[label]) + 1

    def values(self, of_each: Mapping[str, float | None]) -> NDArray[np.float64]:
        """Return (n,) 1 and 0 for the rows, and NaN for those without a mark.

        Args:
            of_each: the mark of each label, as marks_of returns it; others have none.
        """
        marks = [of_each.get(label) for label in self._code_of]
        values = np.array([np.nan if mark is None else mark for mark in marks], np.float64)
        return values[self._as_array]

    @property
    def _as_array(self) -> NDArray[np.int32]:
        return np.frombuffer(self._codes, np.intc)
