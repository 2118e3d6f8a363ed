"""The records of one folder, as far as they are there."""

from __future__ import annotations

import html
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ..outcomes import BadInput, Status
from ..records.files import read_table
from ..records.rows import (
    AccuracyRow,
    GrowthRow,
    PartingRow,
    PassRow,
    SummaryRow,
    WasteRow,
    columns,
    table_of,
)
from ..records.schema import ACCURACY, PARTING, PASSES, SCALING, SUMMARY, WASTE
from ..records.summary import baseline_of

ROWS = {
    SUMMARY: SummaryRow,
    PASSES: PassRow,
    WASTE: WasteRow,
    SCALING: GrowthRow,
    ACCURACY: AccuracyRow,
    PARTING: PartingRow,
}

# Where sizes hardly differ, fitted exponents are beyond it, and their lines fit on no chart.
STEEPEST = 30


@dataclass(frozen=True)
class Source:
    """What a folder holds.

    Attributes:
        name: of the folder.
        tables: each by the name of its file; the table of a missing file is empty.
        networks: every name on the page, so that each looks the same in all charts.
    """

    name: str
    tables: dict[str, pd.DataFrame]
    networks: tuple[str, ...] = ()

    @classmethod
    def read(cls, folder: Path) -> Source:
        """Read the tables of a folder.

        Raises:
            BadInput: there is none, or a file isn't what its name says.
        """
        tables = {
            name: read_table(folder / name, columns(kind))
            if (folder / name).is_file()
            else table_of(kind, [])
            for name, kind in ROWS.items()
        }
        if all(table.empty for table in tables.values()):
            raise BadInput(
                f"{folder}: holds no records; give a folder that run, waste or accuracy wrote"
            )
        summary, timed = tables[SUMMARY], set(tables[PASSES]["network"])
        certified = summary.loc[summary["status"] == Status.CERTIFIED, "network"]
        if timed and not timed.issuperset(certified):
            raise BadInput(
                f"{folder / PASSES}: has no pass of a network that {SUMMARY} calls certified; run "
                "again"
            )
        scaling = tables[SCALING]
        scaling["exponent"] = scaling["exponent"].where(scaling["exponent"].abs() <= STEEPEST)
        return cls(Path(os.path.abspath(folder)).name, tables)

    @classmethod
    def read_all(cls, folders: Sequence[Path]) -> list[Source]:
        """Read the folders of one page, as read() reads each."""
        sources = [cls.read(folder) for folder in folders]
        tables = [
            source.tables[name]
            for name in (SUMMARY, SCALING, WASTE, PARTING)
            for source in sources
            if len(source.tables[name])
        ]
        names = tuple(dict.fromkeys(str(name) for table in tables for name in table["network"]))
        return [replace(source, networks=names) for source in sources]

    @property
    def summary(self) -> pd.DataFrame:
        """The rows of summary.csv, the fastest network first."""
        return self.tables[SUMMARY].sort_values("rank", na_position="last")

    @property
    def certified(self) -> pd.DataFrame:
        """The rows of the summary whose networks are certified."""
        return self.summary[self.summary["status"] == Status.CERTIFIED]

    def certified_in(self, table: str) -> pd.DataFrame:
        """Return the rows of certified networks in a table, in its order."""
        rows = self.tables[table]
        return rows[rows["status"] == Status.CERTIFIED]

    @property
    def baseline(self) -> str:
        """The network that ratios relate to; empty where there are none."""
        return baseline_of(self.summary)


def text(value: object) -> str:
    """Return a value as text in HTML, in an attribute too."""
    return html.escape(str(value))


def label(value: object) -> str:
    """Return a value as text in a chart, which has markup and entities of its own."""
    return str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
