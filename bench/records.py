"""The records: passes.csv, a row a timed pass; summary.csv, a row a network; gate.csv.

passes.csv grows while the clock runs; the others are concluded from it at the end. Where they are
absent the run was interrupted.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import pandas as pd

from .errors import BadInput

PASSES, SUMMARY, GATE = "passes.csv", "summary.csv", "gate.csv"
CONCLUSIONS = (SUMMARY, GATE)

SCENARIO_COLUMNS = (
    "data", "vocabulary_size", "nonzeros", "input", "hidden", "batch_size", "dtype",
    "learning_rate", "seed",
)  # fmt: skip
MACHINE_COLUMNS = (
    "cpu", "cores", "os", "python", "numpy", "scipy", "blas", "git_revision",
)  # fmt: skip
PASS_COLUMNS = (
    "run_id", "network", "set", "round", "order", "reviews", "cpu_seconds", "wall_seconds",
    "outputs_match", *SCENARIO_COLUMNS, *MACHINE_COLUMNS, "process_seconds", "waits",
    "limit_seconds", "numba",
)  # fmt: skip
SUMMARY_COLUMNS = (
    "network", "status", "reason", "rank", "reviews", "clock", "median_seconds",
    "reviews_per_second", "ratio", "ratio_low", "ratio_high", "prepare_seconds",
    "peak_memory_bytes", "train_accuracy", "worst_error_ratio", "reviews_certified",
    *SCENARIO_COLUMNS, "compile_seconds", "times_limit", "times_limit_low", "times_limit_high",
)  # fmt: skip
Row = Mapping[str, object]


def cell(value: object) -> str:
    """A value as text in a CSV: empty where there is none, and never a spreadsheet formula."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, str):
        # Spreadsheets run a cell that starts so; a leading apostrophe makes it text.
        line = value.replace("\r", " ").replace("\n", " ")
        return f"'{line}" if line.startswith(("=", "+", "-", "@", "\t")) else line
    return repr(value) if isinstance(value, float) else str(value)


def make_folder(folder: Path) -> Path:
    """The folder for records, made if it isn't there.

    Raises:
        BadInput: it can't be made or written into.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise BadInput(
            f"--out {folder}: cannot write there ({error.strerror}); name another folder"
        ) from error


def write_table(path: Path, columns: Iterable[str], rows: Iterable[Row]) -> None:
    """Write a CSV whole or not at all."""
    with replacing(path) as file:
        file.write(csv_text(columns, rows, "\r\n"))


def csv_text(columns: Iterable[str], rows: Iterable[Row], end: str = "\n") -> str:
    """A table as the text of a CSV; each line ends with end."""
    columns, text = tuple(columns), io.StringIO()
    writer = csv.writer(text, lineterminator=end)
    writer.writerow(columns)
    writer.writerows([cell(row[column]) for column in columns] for row in rows)
    return text.getvalue()


def json_text(columns: Iterable[str], rows: Iterable[Row]) -> str:
    """A list of objects as JSON, for scripts; null where there is no value."""
    columns = tuple(columns)
    found = [{column: _or_none(row[column]) for column in columns} for row in rows]
    return json.dumps(found, indent=2, allow_nan=False)


def _or_none(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A file to write that takes the place of another one only once it is complete."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with open(descriptor, "w", encoding="utf-8", newline="") as file:
            os.fchmod(file.fileno(), 0o644)
            yield file
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_table(path: Path, columns: Iterable[str], **how: Any) -> pd.DataFrame:
    """A record that was written before.

    Args:
        columns: that it must have.
        how: as for pandas.read_csv.

    Raises:
        BadInput: it is missing, or no such record.
    """
    try:
        table: pd.DataFrame = pd.read_csv(path, **how)
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file; give a folder that a finished run wrote") from None
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise BadInput(f"{path}: can't be read as a CSV ({reason}); run again") from None
    missing = [column for column in columns if column not in table]
    if missing:
        raise BadInput(f"{path}:1: lacks the columns {', '.join(missing)}; run again")
    return table


def unfinished(folder: Path) -> pd.DataFrame | None:
    """The rows of an interrupted run, as text: passes.csv without a conclusion; None if it isn't.

    Raises:
        BadInput: passes.csv can't be read, or has other columns.
    """
    path = folder / PASSES
    if not path.is_file() or any((folder / name).exists() for name in CONCLUSIONS):
        return None
    try:
        lines, _, _ = path.read_text(encoding="utf-8").rpartition("\n")  # but no half line
        rows = pd.read_csv(io.StringIO(lines), dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise BadInput(f"{path}: can't be read ({error}); run without --resume") from None
    if tuple(rows.columns) != PASS_COLUMNS:
        raise BadInput(f"{path}:1: the columns are not those of now; run without --resume")
    return rows


def resumable(folder: Path, about: Row) -> pd.DataFrame | None:
    """The rows of an interrupted run with which another one can go on; None if there are none.

    Args:
        about: the columns that all rows have in common, but for run_id.

    Raises:
        BadInput: they are of other reviews, another scenario, machine or revision.
    """
    rows = unfinished(folder)
    if rows is None or rows.empty:
        return None
    for column in (*SCENARIO_COLUMNS, "reviews", *MACHINE_COLUMNS):
        there, here = list(dict.fromkeys(rows[column])), cell(about[column])
        # A gate's self-test has rows of more reviews.
        if here not in there:
            raise BadInput(
                f"--resume: the interrupted run in {folder} has {column} {there[0]}, this one "
                f"{here}; give the same options, or run without --resume"
            )
    return rows


class PassesFile:
    """passes.csv, written and flushed row by row, so that a stopped run keeps what it measured.

    Args:
        earlier: rows, as text, to go on from; None starts anew. What was concluded from other
            rows goes.
    """

    def __init__(self, folder: Path, earlier: pd.DataFrame | None = None) -> None:
        # First, so that no kill leaves a conclusion beside passes that it isn't drawn from.
        for name in CONCLUSIONS:
            (folder / name).unlink(missing_ok=True)
        rows = [] if earlier is None else earlier.to_numpy().tolist()
        with replacing(folder / PASSES) as file:
            csv.writer(file).writerows([PASS_COLUMNS, *rows])
        self._file = (folder / PASSES).open("a", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)

    def write(self, row: Row) -> None:
        self._writer.writerow([cell(row[column]) for column in PASS_COLUMNS])
        self._file.flush()

    def __enter__(self) -> PassesFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
