"""The records of one folder, as far as they are there."""

from __future__ import annotations

import html
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from ..outcomes import BadInput, Status
from ..records.files import read_table
from ..records.schema import (
    ACCURACY,
    ACCURACY_COLUMNS,
    PARTING,
    PARTING_COLUMNS,
    PASS_COLUMNS,
    PASSES,
    SCALING,
    SCALING_COLUMNS,
    SUMMARY,
    SUMMARY_COLUMNS,
    WASTE,
    WASTE_COLUMNS,
)
from ..records.summary import baseline_of

COLUMNS = {
    SUMMARY: SUMMARY_COLUMNS, PASSES: PASS_COLUMNS, WASTE: WASTE_COLUMNS,
    SCALING: SCALING_COLUMNS, ACCURACY: ACCURACY_COLUMNS, PARTING: PARTING_COLUMNS,
}  # fmt: skip

# Sizes that hardly differ have exponents beyond it, whose lines fit on no chart.
STEEPEST = 30


@dataclass(frozen=True)
class Source:
    """What a folder holds.

    Attributes:
        name: of the folder.
        tables: by the name of their file; a missing one is empty.
        networks: every name on the page, so that each looks the same in all of its charts.
    """

    name: str
    tables: dict[str, pd.DataFrame]
    networks: tuple[str, ...] = ()

    @classmethod
    def read(cls, folder: Path) -> Source:
        """The tables of a folder.

        Raises:
            BadInput: there is none, or one isn't what its name says.
        """
        tables = {
            name: read_table(folder / name, columns)
            if (folder / name).is_file()
            else pd.DataFrame(columns=list(columns))
            for name, columns in COLUMNS.items()
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
        """Those of one page, as read() reads each."""
        sources = [cls.read(folder) for folder in folders]
        tables = [
            one.tables[name]
            for name in (SUMMARY, SCALING, WASTE, PARTING)
            for one in sources
            if len(one.tables[name])
        ]
        names = tuple(dict.fromkeys(str(name) for one in tables for name in one["network"]))
        return [replace(one, networks=names) for one in sources]

    @property
    def summary(self) -> pd.DataFrame:
        """A row a network, the fastest first."""
        return self.tables[SUMMARY].sort_values("rank", na_position="last")

    @property
    def certified(self) -> pd.DataFrame:
        """Those of the summary that have a speed."""
        return self.summary[self.summary["status"] == Status.CERTIFIED]

    def certified_in(self, table: str) -> pd.DataFrame:
        """The rows of certified networks in a table, as it stands."""
        rows = self.tables[table]
        return rows[rows["status"] == Status.CERTIFIED]

    @property
    def baseline(self) -> str:
        """The network that ratios relate to; empty where there are none."""
        return baseline_of(self.summary)


def text(value: Any) -> str:
    """A value as text in HTML, in an attribute too."""
    return html.escape(str(value))


def label(value: Any) -> str:
    """A value as text in a chart, whose own markup and entities it must not become."""
    return str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
