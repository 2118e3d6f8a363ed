"""passes.csv while it grows, and what is left of it after an interrupted run."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import pandas as pd

from ..outcomes import BadInput
from ..text.markdown import one_line, reason
from ..text.mishaps import naming
from .files import cell, cells, parse_csv, replacing
from .machine import Machine
from .rows import PassRow, Setting, columns
from .schema import CONCLUSIONS, PASSES


def unfinished(folder: Path) -> pd.DataFrame | None:
    """Return the rows of an interrupted run, as text.

    Returns:
        The rows of passes.csv; None if there is none, or if its run came to a conclusion.

    Raises:
        BadInput: passes.csv can't be read, or has other columns.
    """
    path = folder / PASSES
    if not path.is_file() or any((folder / name).exists() for name in CONCLUSIONS):
        return None
    try:
        lines, _, _ = path.read_bytes().rpartition(b"\n")  # the last line may be half a line
        rows = parse_csv(lines)
    except (OSError, ValueError) as error:
        raise BadInput(f"{path}: can't be read ({reason(error)}); run without resume") from None
    if tuple(rows.columns) != columns(PassRow):
        raise BadInput(f"{path}:1: the columns are not those of now; run without resume")
    return rows


def resumable(folder: Path, setting: Setting, machine: Machine) -> pd.DataFrame | None:
    """Return the rows of an interrupted run that another run can go on with, as text.

    Args:
        setting, machine: those of the run that is to go on.

    Returns:
        The rows; None if there are none.

    Raises:
        BadInput: they are of other reviews, another scenario, machine or revision.
    """
    rows = unfinished(folder)
    if rows is None or rows.empty:
        return None
    for column, value in {**vars(setting), **vars(machine)}.items():
        if column == "machine":  # the same one has another name after a new start
            continue
        there, here = list(dict.fromkeys(rows[column])), cell(value)
        # Among them, because a gate's self-test has rows of more reviews too.
        if here not in there:
            raise BadInput(
                f"resume: the interrupted run in {folder} has {column} "
                f"{one_line(there[0])[:60]}, this one {here}; give the same options, or run "
                "without resume"
            )
    return rows


class PassesFile:
    """passes.csv, written row by row and without delay, so that a stopped run keeps its rows.

    A row that the disk has no room for leaves no part of it behind.

    Records in the folder that were concluded from other passes are removed.

    Args:
        earlier: rows, as text, to go on from; None starts anew.
    """

    def __init__(self, folder: Path, earlier: pd.DataFrame | None = None) -> None:
        # First of all, so that no kill leaves a conclusion beside passes of another run.
        for name in CONCLUSIONS:
            (folder / name).unlink(missing_ok=True)
        rows = [] if earlier is None else earlier.to_numpy().tolist()
        with replacing(folder / PASSES) as file:
            csv.writer(file).writerows([columns(PassRow), *rows])
        self._path = folder / PASSES
        self._file = self._path.open("ab", buffering=0)
        self._size = self._path.stat().st_size  # of whole rows

    def write(self, row: PassRow) -> None:
        """Add a row to the file at once, or nothing if that raises an error."""
        text = io.StringIO()
        csv.writer(text).writerow(cells(row))
        line = memoryview(text.getvalue().encode())
        try:
            with naming(self._path):
                left = line
                while left:
                    left = left[self._file.write(left) :]
        except BaseException:
            with suppress(OSError):
                self._file.truncate(self._size)
            raise
        self._size += len(line)

    def __enter__(self) -> PassesFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
