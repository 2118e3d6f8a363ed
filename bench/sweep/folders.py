"""What is kept of a sweep: a folder for each cell, whole or not at all, and the tables of all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..records.files import csv_text, join_tables, make_folder, read_table, write_table
from ..records.rows import AttemptRow, CellRow, columns, rows_of
from ..records.schema import ATTEMPTS, CELLS, PARTING, PASSES, SUMMARY

TABLES = (PASSES, SUMMARY, PARTING)
CELL = "cell.csv"
LOG = "log.txt"
PART = ".part"


def tables_in(folder: Path) -> dict[str, str]:
    """Return the texts of the records of a run, as far as they are there, by their names."""
    return {name: text for name in TABLES if (text := text_of(folder / name))}


def text_of(path: Path) -> str:
    """Return the text of a file; empty where it isn't there."""
    return path.read_bytes().decode("utf-8", "replace") if path.is_file() else ""


class Folders:
    """The folder of a sweep.

    Args:
        out: made if it isn't there.
        resume: whether what lies there is kept; else it is removed.

    Attributes:
        rows: those of cells.csv by the names of the cells.
        kept: how many cells were kept since it was opened.

    Raises:
        BadInput: the folder can't be written, or what lies there can't be read.
    """

    def __init__(self, out: Path, resume: bool) -> None:
        self.out, self._cells = make_folder(out), out / "cells"
        if not resume:
            shutil.rmtree(self._cells, ignore_errors=True)
            for name in (CELLS, ATTEMPTS, PASSES, SUMMARY):
                (out / name).unlink(missing_ok=True)
        make_folder(self._cells)
        self.rows: dict[str, CellRow] = {}
        self.kept = 0
        for path in self._cells.iterdir():
            if path.suffix == PART:  # of a sweep that was killed meanwhile
                shutil.rmtree(path)
            elif (path / CELL).is_file():
                (row,) = rows_of(CellRow, read_table(path / CELL, columns(CellRow)))
                self.rows[row.cell] = row

    def begin(self, attempt: AttemptRow) -> None:
        """Write down that a cell is about to be begun."""
        path = self.out / ATTEMPTS
        first = "" if path.is_file() else ",".join(columns(AttemptRow)) + "\n"
        with path.open("a", encoding="utf-8", newline="") as file:
            file.write(first + csv_text(AttemptRow, [attempt]).partition("\n")[2])
            file.flush()
            os.fsync(file.fileno())

    def keep(self, row: CellRow, tables: Mapping[str, str], log: str) -> None:
        """Keep what came of a cell; what an earlier sweep kept of it is replaced."""
        part, whole = self._cells / f"{row.cell}{PART}", self._cells / row.cell
        part.mkdir()
        for name, text in {**tables, LOG: log, CELL: csv_text(CellRow, [row])}.items():
            with (part / name).open("w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        shutil.rmtree(whole, ignore_errors=True)
        part.rename(whole)
        self.rows[row.cell] = row
        self.kept += 1

    def list_cells(self, names: Iterable[str]) -> list[CellRow]:
        """Write cells.csv with the cells of these names that are there, and return its rows."""
        rows = [self.rows[name] for name in names if name in self.rows]
        write_table(self.out / CELLS, CellRow, rows)
        return rows

    def conclude(self, names: Iterable[str]) -> list[CellRow]:
        """Do the same, and write the passes and summaries of all these cells."""
        rows = self.list_cells(names)
        for name in (PASSES, SUMMARY):
            more = {
                self._cells / row.cell / name: {
                    "machine": row.machine,
                    "cell": row.cell,
                    "reviews_digest": row.data_digest,
                }
                for row in rows
            }
            join_tables(self.out / name, more)
        return rows
