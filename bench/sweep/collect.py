"""Runs that were made by hand, with ssh or srun, as cells of a sweep."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..outcomes import BadInput, exit_code
from ..records.files import read_table
from ..records.rows import CellRow, SummaryRow, columns, rows_of
from ..records.schema import PASSES, SUMMARY
from .digests import short
from .folders import Folders, tables_in

ABOUT = ("cpu", "cores", "os", "python", "numpy", "scipy", "blas", "numba")


def collect(folders: Sequence[Path], out: Path) -> list[CellRow]:
    """Copy finished runs into the folder of a sweep, and write its tables.

    Args:
        folders: each of one run, with its passes.csv and summary.csv.
        out: for the sweep; one that lies there is replaced.

    Returns:
        The rows of cells.csv.

    Raises:
        BadInput: one of them holds no finished run.
    """
    # Everything is read before anything is replaced.
    found = [(_cell(folder), tables_in(folder)) for folder in folders]
    into = Folders(out, resume=False)
    for row, tables in found:
        into.keep(row, tables, "")
    return into.conclude([row.cell for row, _ in found])


def _cell(folder: Path) -> CellRow:
    summary = rows_of(SummaryRow, read_table(folder / SUMMARY, columns(SummaryRow)))
    passes = read_table(folder / PASSES, [*ABOUT, "run_id", "machine"])
    if passes.empty:
        raise BadInput(f"{folder / PASSES}: holds no pass; give a folder that a run wrote")
    first = passes.iloc[0]
    about = {name: first[name] for name in ABOUT}
    machine = str(first["machine"]) if isinstance(first["machine"], str) else ""
    # A record of an earlier version: what else it tells of its machine has to do.
    machine = machine or short("".join(map(str, about.values())).encode())
    row = CellRow(
        cell=f"{short(str(first['run_id']).encode())}@{machine}",
        state="done",
        rc=exit_code(row.status for row in summary),
        machine=machine,
        label=folder.name,
        attempts=1,
        begun=str(first["run_id"])[:20],
        seconds=float(passes["wall_seconds"].sum()),
        wait_seconds=math.nan,
        **about,
    )
    return replace(row, cores=int(row.cores or 0))
