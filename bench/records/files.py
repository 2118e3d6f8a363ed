"""Writing and reading the records, which are CSVs.

passes.csv grows while the clock runs; summary.csv and gate.csv are concluded from it at the end.
Where both are missing the run was interrupted.
"""

from __future__ import annotations

import csv
import io
import math
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

import pandas as pd

from ..outcomes import BadInput
from ..text.markdown import UNSAFE, reason
from ..text.mishaps import is_scarce, naming
from .rows import PassRow, Row, SummaryRow, columns
from .schema import NEWER, checked

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def cell(value: object) -> str:
    """Return a value as text in a CSV: empty for None and NaN, and never a spreadsheet formula."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, str):
        # Spreadsheets compute a cell that starts like this; an apostrophe before it makes it text.
        # Names of files may have bytes that are no text.
        line = UNSAFE.sub("\ufffd", value.replace("\r", " ").replace("\n", " "))
        return f"'{line}" if line.lstrip(" ").startswith(("=", "+", "-", "@", "\t")) else line
    return repr(value) if isinstance(value, float) else str(value)


def make_folder(folder: Path) -> Path:
    """Make the folder for records if it isn't there, and return it.

    Raises:
        BadInput: it can't be made or written into.
        OSError: for lack of room or the like.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        if is_scarce(error):
            raise
        raise BadInput(
            f"out={folder}: cannot write there ({error.strerror}); name another folder"
        ) from error


def cells(row: DataclassInstance) -> list[str]:
    """Return the cells of a row of a CSV, in the order of its columns."""
    return [cell(getattr(row, column)) for column in columns(type(row))]


def write_table(path: Path, kind: type[Row], rows: Iterable[Row]) -> None:
    """Write rows of one kind as a CSV, whole or not at all."""
    with replacing(path) as file:
        file.write(csv_text(kind, rows, "\r\n"))


def csv_text(kind: type[Row], rows: Iterable[Row], end: str = "\n") -> str:
    """Return rows of one kind as the text of a CSV; each line ends with end."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end)
    writer.writerow(columns(kind))
    writer.writerows(map(cells, rows))
    return text.getvalue()


@contextmanager
def growing(path: Path) -> Iterator[BinaryIO]:
    """Open a file to add to its end, while no other process does; it is made if it isn't there.

    Returns:
        A context with the open file, which is as it was if an error leaves the context.

    Raises:
        BadInput: it can't be written, or is no plain file.
    """
    if path.exists() and not path.is_file():
        raise BadInput(f"{path}: is no plain file; name another")
    try:
        file = path.open("ab")
    except OSError as error:
        raise BadInput(f"{path}: can't be written ({error.strerror}); name another") from None
    with file:
        if sys.platform != "win32":
            fcntl.flock(file, fcntl.LOCK_EX)
        size = os.fstat(file.fileno()).st_size
        try:
            with naming(path):
                yield file
                file.flush()
        except BaseException:
            with suppress(OSError):
                file.truncate(size)
            if not size:
                path.unlink(missing_ok=True)
            raise


def rows_below(header: Sequence[str], end: str, rows: Iterable[DataclassInstance]) -> str:
    """Return rows as lines of a CSV that has this header already, in the order of its columns.

    Args:
        end: of a line.

    Raises:
        ValueError: the header lacks a column that says something of a row.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, header, restval="", lineterminator=end)
    for row in rows:
        known = dict(zip(columns(type(row)), cells(row), strict=True))
        lacking = [name for name in known if name not in header and known[name] != NEWER.get(name)]
        if lacking:
            raise ValueError(", ".join(lacking))
        writer.writerow({name: value for name, value in known.items() if name in header})
    return text.getvalue()


def join_tables(path: Path, tables: Mapping[Path, Mapping[str, str]]) -> None:
    """Write the rows of some CSVs into one, whole or not at all.

    Args:
        tables: the files, and what their rows have in further columns; those that aren't there are
            left out.

    Raises:
        BadInput: one of them is no CSV.
    """
    names: list[Any] = []
    rows: list[Any] = []
    for table, more in tables.items():
        if not table.is_file():
            continue
        try:
            found = parse_csv(table.read_bytes()).assign(**more)
        except ValueError as error:
            raise BadInput(f"{table}: can't be read as a CSV ({reason(error)})") from None
        names += [name for name in found if name not in names]
        rows += found.to_dict("records")
    with replacing(path) as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(rows)


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """Open a file to write that takes its place only once it is complete.

    Args:
        path: where it goes; a file that is there is replaced, or kept if writing fails.

    Returns:
        A context with the open file.

    Raises:
        BadInput: what is there is no plain file.
    """
    path = path.resolve()  # the file that a link leads to, and not the link
    if path.exists() and not path.is_file():
        raise BadInput(f"{path}: is no plain file, and would be replaced; name another")
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with naming(path), open(descriptor, "w", encoding="utf-8", newline="") as file:
            os.fchmod(file.fileno(), 0o644)
            yield file
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_table(
    path: Path, needed: Iterable[str], as_text: bool = False, cure: str = "run again"
) -> pd.DataFrame:
    """Read a record that was written before.

    Args:
        needed: the columns that it must have.
        as_text: whether to leave every cell as the text that it is, unchecked.
        cure: what the user can do about a damaged one.

    Returns:
        Its rows; columns that no record of ours has are left out.

    Raises:
        BadInput: it is missing, or no such record.
    """
    needed = tuple(needed)
    try:
        table = parse_csv(path.read_bytes())
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file; give a folder that a finished run wrote") from None
    except (OSError, ValueError) as error:
        raise BadInput(f"{path}: can't be read as a CSV ({reason(error)}); {cure}") from None
    # Records of earlier versions lack the newest columns.
    table = table.assign(**{n: NEWER[n] for n in needed if n in NEWER and n not in table})
    missing = [column for column in needed if column not in table]
    if missing:
        told = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
        raise BadInput(f"{path}:1: lacks the columns {told}; {cure}")
    # Other people may have added columns.
    known = {*needed, *columns(PassRow), *columns(SummaryRow)}
    own = table[[name for name in table if name in known]]
    return own if as_text else checked(own, path, cure)


def parse_csv(content: bytes) -> pd.DataFrame:
    """Return the cells of a CSV as text, each row with the number of its line.

    Raises:
        ValueError: the content isn't a CSV.
    """
    # No record of ours has characters that terminals obey.
    text = UNSAFE.sub("\ufffd", content.decode("utf-8-sig"))
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows = {}
    try:
        names = next(reader, [])
        if not names:
            raise ValueError("No columns to parse from file")
        if len({*names}) < len(names):
            raise ValueError("two columns have the same name")
        for row in reader:
            # pandas would shift or fill a row that is too long or too short.
            if row and len(row) != len(names):
                raise ValueError(f"line {reader.line_num} has {len(row)} cells, not {len(names)}")
            if row:
                rows[reader.line_num] = row
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num}: {error}") from None
    return pd.DataFrame.from_dict(rows, orient="index", columns=names, dtype=str)
