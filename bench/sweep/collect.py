"""Runs that were made by hand, with ssh or srun, as cells of a sweep."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..outcomes import BadInput, exit_code
from ..records.files import read_table
from ..records.rows import CellRow, SummaryRow, columns, rows_of
from ..records.schema import PARTING, PASSES, SUMMARY
from .folders import Folders

ABOUT = ("cpu", "cores", "os", "python", "numpy", "scipy", "blas", "numba")


def collect(folders: Sequence[Path], into: Folders) -> list[CellRow]:
    """Copy finished runs into the folder of a sweep, and write its tables.

    Args:
        folders: each of one run, with its passes.csv and summary.csv.

    Returns:
        The rows of cells.csv.

    Raises:
        BadInput: one of them holds no finished run.
    """
    found = [_cell(folder) for folder in folders]
    for row, folder in found:
        paths = [folder / name for name in (PASSES, SUMMARY, PARTING)]
        tables = {
            path.name: path.read_bytes().decode("utf-8", "replace")
            for path in paths
            if path.is_file()
        }
        into.keep(row, tables, "")
    return into.conclude([row.cell for row, _ in found])


def _cell(folder: Path) -> tuple[CellRow, Path]:
    summary = rows_of(SummaryRow, read_table(folder / SUMMARY, columns(SummaryRow)))
    passes = read_table(folder / PASSES, [*ABOUT, "run_id", "machine"])
    if passes.empty:
        raise BadInput(f"{folder / PASSES}: holds no pass; give a folder that a run wrote")
    first = passes.iloc[0]
    about = {name: first[name] for name in ABOUT}
    machine = str(first["machine"]) if isinstance(first["machine"], str) else ""
    # A record of an earlier version: what else it tells of its machine has to do.
    machine = machine or _short("".join(map(str, about.values())))
    row = CellRow(
        cell=f"{_short(str(first['run_id']))}@{machine}",
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
    return replace(row, cores=int(row.cores or 0)), folder


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
