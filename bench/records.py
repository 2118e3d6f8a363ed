"""The two records of a run: passes.csv, a row a timed pass, and summary.csv, a row a network."""

from __future__ import annotations

import csv
import math
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType

from .errors import BadInput

PASSES, SUMMARY = "passes.csv", "summary.csv"

SCENARIO_COLUMNS = (
    "data", "vocabulary_size", "nonzeros", "input", "hidden", "batch_size", "dtype",
    "learning_rate", "seed",
)  # fmt: skip
MACHINE_COLUMNS = (
    "cpu", "cores", "os", "python", "numpy", "scipy", "blas", "git_revision",
)  # fmt: skip
PASS_COLUMNS = (
    "run_id", "network", "set", "round", "order", "reviews", "cpu_seconds", "wall_seconds",
    "outputs_match", *SCENARIO_COLUMNS, *MACHINE_COLUMNS,
)  # fmt: skip
SUMMARY_COLUMNS = (
    "network", "status", "reason", "rank", "reviews", "clock", "median_seconds",
    "reviews_per_second", "ratio", "ratio_low", "ratio_high", "prepare_seconds",
    "peak_memory_bytes", "train_accuracy", "worst_error_ratio", "reviews_certified",
    *SCENARIO_COLUMNS,
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
    """Write a CSV whole or not at all: an interrupted run leaves the one before."""
    columns = tuple(columns)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with open(descriptor, "w", encoding="utf-8", newline="") as file:
            os.fchmod(file.fileno(), 0o644)
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows([cell(row[column]) for column in columns] for row in rows)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class PassesFile:
    """passes.csv, written and flushed row by row, so that a stopped run keeps what it measured."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / PASSES).open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(PASS_COLUMNS)
        self._file.flush()

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
