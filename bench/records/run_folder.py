"""The records of a finished run, read again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..outcomes import BadInput, Status
from ..timing.ratios import Ratio, paired_ratio
from .files import read_table
from .rows import PassRow, SummaryRow, columns, rows_of
from .schema import PASSES, SUMMARY
from .summary import baseline_of


@dataclass(frozen=True)
class RunFolder:
    """What a folder holds that `skipzeros run` wrote.

    Attributes:
        rows: those of summary.csv, by the name of the network.
        baseline: the network that their ratios relate to; empty for none.
        passes: the rows of passes.csv.
    """

    folder: Path
    rows: dict[str, SummaryRow]
    baseline: str
    passes: pd.DataFrame

    @classmethod
    def read(cls, folder: Path) -> RunFolder:
        """Read the records.

        Raises:
            BadInput: they are missing, or aren't such.
        """
        summary = read_table(folder / SUMMARY, columns(SummaryRow))
        if summary.empty:
            raise BadInput(f"{folder / SUMMARY}: has no rows; run again")
        rows = {row.network: row for row in rows_of(SummaryRow, summary)}
        passes = read_table(folder / PASSES, columns(PassRow))
        return cls(folder, rows, baseline_of(summary), passes)

    @property
    def certified(self) -> list[str]:
        """The names of the networks that have a speed."""
        return [row.network for row in self.rows.values() if row.status == Status.CERTIFIED]

    def ratio(self, network: str, anchor: str, clock: str | None = None) -> Ratio:
        """Return the paired ratio of two networks of the run; see paired_ratio."""
        return paired_ratio(self.passes, network, anchor, clock)
