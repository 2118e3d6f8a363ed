"""CSV and Parquet files with a column of texts and one of labels."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from ...impls.reviews import Reviews
from ..outcomes import BadInput
from ..text.markdown import reason, shown
from .aclimdb import split_words
from .archive import MOST_BYTES, MOST_REVIEW_BYTES
from .rows import NAMES, BadRows, Columns, decoded, label_of
from .words import learn

SUFFIXES = (".csv", ".parquet")

# Few enough that one batch of the longest reviews fits into memory.
BATCH = 100

# The line of a row, its text and its label, as they stand.
Row = tuple[int, object, object]


def load_table(path: Path, columns: Columns) -> tuple[Reviews, str]:
    """Read the reviews of a file, with counts; texts are split as those of aclImdb are.

    Returns:
        The reviews, and a sentence on what was left out, empty if nothing was.

    Raises:
        BadInput: a column is missing, rows are bad, or the file is of another kind.
        OSError: the file can't be read.
    """
    bad = BadRows(path, columns.skip_bad)
    read = _csv_rows if path.suffix.lower() == ".csv" else _parquet_rows
    texts, labels = [], []
    for line, text, name in read(path, columns, bad):
        label = label_of(name)
        if label is None:
            bad.add(line, f"the label must be {NAMES}, not {shown(name)}")
        elif not isinstance(text, str):
            bad.add(line, f"{columns.text} must be a text, not {shown(text)}")
        else:
            texts.append(text)
            labels.append(label)
    told = bad.settle(len(texts) + len(bad.found))
    if not texts:
        raise BadInput(f"{path}: holds no rows; write one for each review")
    return learn(map(split_words, texts), labels)[0], told


def _csv_rows(path: Path, columns: Columns, bad: BadRows) -> Iterator[Row]:
    text = decoded(path.read_bytes(), path)
    if not text.strip():
        raise BadInput(f"{path}: can't be read as csv (it is empty); write column names first")
    # The module's own limit would refuse texts that aren't even long.
    limit = csv.field_size_limit(MOST_REVIEW_BYTES)
    try:
        # Strict, because a quote that is never closed would swallow the rows behind it.
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        names: list[str] = []
        while True:
            line = reader.line_num + 1  # where the row begins; it may go on for several
            try:
                row = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                bad.add(line, f"no row of a CSV: {reason(error)}")
                continue
            if not names:
                names = row
                at, label_at = _places(path, names, columns) if names else (0, 0)
            elif len(row) == len(names):
                yield line, row[at], row[label_at]
            elif row:
                bad.add(line, f"has {len(row):,} cells, the header has {len(names):,}")
    finally:
        csv.field_size_limit(limit)


def _parquet_rows(path: Path, columns: Columns, bad: BadRows) -> Iterator[Row]:
    if find_spec("pyarrow") is None:
        raise BadInput(f"{path}: needs pyarrow: pip install 'skipzeros[data]'")
    from pyarrow.parquet import ParquetFile

    rows, size = 0, 0
    path.open("rb").close()  # any OSError after this line comes from the content
    try:
        with ParquetFile(path) as file:
            _places(path, file.schema_arrow.names, columns)
            for batch in file.iter_batches(BATCH, columns=[columns.text, columns.label]):
                size += batch.nbytes
                if size > MOST_BYTES:
                    raise BadInput(
                        f"{path}: unpacks to more than {MOST_BYTES:,} bytes; use a part of it"
                    )
                pairs = (batch[name].to_pylist() for name in (columns.text, columns.label))
                for row, (text, name) in enumerate(zip(*pairs, strict=True), rows + 1):
                    yield row, text, name
                rows += len(batch)
    except BadInput:
        raise
    except Exception as error:
        # A damaged file makes pyarrow raise many kinds.
        raise BadInput(
            f"{path}: can't be read as parquet ({reason(error)}); write it anew"
        ) from None


def _places(path: Path, names: Sequence[str], columns: Columns) -> tuple[int, int]:
    """Find the places of the column of texts and of the column of labels."""
    for name, argument in ((columns.text, "text_column"), (columns.label, "label_column")):
        if name not in names:
            found = ", ".join(map(shown, names[:5])) + (", ..." if len(names) > 5 else "")
            cure = f"name it with {argument}"
            if len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
                cure = "separate columns by commas"
            raise BadInput(f"{path}: has no column {name!r}, but {found or 'none'}; {cure}")
        if names.count(name) > 1:
            raise BadInput(f"{path}: has {names.count(name)} columns {name!r}; rename all but one")
    return names.index(columns.text), names.index(columns.label)
