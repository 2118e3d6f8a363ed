"""`skipzeros history`: ratios to an anchor over commits, and where they changed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..history.file import SERIES, add_rows, in_series, read_history, rows_to_add
from ..history.steps import Step, steps_of
from ..outcomes import BadInput, Status
from ..records.rows import HistoryRow
from ..records.run_folder import RunFolder


@dataclass(frozen=True)
class Line:
    """One network over the commits of a series.

    Attributes:
        timed: its rows with a ratio, in the order of the file.
        steps: where their level changed.
        last: its last row of all.
    """

    network: str
    timed: list[HistoryRow]
    steps: list[Step]
    last: HistoryRow


@dataclass(frozen=True)
class Series:
    """What may be compared: runs of one scenario, with one anchor, on machines of one kind.

    Attributes:
        about: what the runs have in common, by the names of the columns.
        commits: in the order of the file.
    """

    about: dict[str, object]
    commits: list[str]
    lines: list[Line]


def add(folder: Path, file: Path, anchor: str = "") -> tuple[int, list[HistoryRow]]:
    """Add the networks of a run to a history.

    Args:
        anchor: the network that ratios relate to; empty for the baseline of the run.

    Returns:
        How many lines were added, and all of those of the run.

    Raises:
        BadInput: the folder has no run, the run no commit, or the file is no history.
    """
    rows = rows_to_add(RunFolder.read(folder), anchor)
    return add_rows(file, rows), rows


def lines(file: Path, networks: Sequence[str] = ()) -> list[HistoryRow]:
    """Read all lines of a history.

    Args:
        networks: that it must know.

    Raises:
        BadInput: the file is no history, has no lines, or doesn't know a network.
    """
    rows = read_history(file)
    if not rows:
        raise BadInput(f"{file}: has no lines yet; `skipzeros history add FOLDER` adds some")
    known = list(dict.fromkeys(row.network for row in rows))
    if unknown := [name for name in networks if name not in known]:
        raise BadInput(f"{file}: knows no {', '.join(unknown)}, but {', '.join(known)}")
    return rows


def series_of(rows: Sequence[HistoryRow], networks: Sequence[str] = ()) -> list[Series]:
    """Find the steps in a history.

    Args:
        rows: all of its lines.
        networks: whose lines are wanted; all if none is named.

    Raises:
        BadInput: ruptures is missing.
    """
    names = networks or list(dict.fromkeys(row.network for row in rows))
    return [
        Series(
            dict(zip(SERIES, common, strict=True)),
            list(dict.fromkeys(row.commit for row in own)),
            list(_lines(own, names)),
        )
        for common, own in in_series(rows).items()
    ]


def _lines(rows: Sequence[HistoryRow], networks: Sequence[str]) -> Iterator[Line]:
    for name in networks:
        own = [row for row in rows if row.network == name]
        if not own or all(row.network == row.anchor for row in own):
            continue
        timed = [row for row in own if row.status == Status.CERTIFIED and not math.isnan(row.ratio)]
        yield Line(name, timed, steps_of([row.ratio for row in timed]), own[-1])
