"""Tables with a column of texts, or of lists of words, and one of labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ...impls.reviews import Reviews
from ..outcomes import BadInput
from ..text.markdown import shown
from .arrow_rows import arrow_rows
from .columns import places
from .delimited import delimited
from .json_rows import json_rows
from .labels import marks, named, odd_ones
from .reading import Reading
from .rows import BadRows
from .split_text import split_text
from .table import Table
from .words import ended, learn


def load_table(
    path: Path, kind: str, content: bytes | None, reading: Reading
) -> tuple[Reviews, list[str]]:
    """Read the reviews of a table, with counts.

    A text of ASCII is split as those of aclImdb are; of others all letters count as letters.

    Args:
        kind: "csv", "json", "parquet" or "feather".
        content: of the file; may be None for the last two, where nothing was unpacked.

    Returns:
        The reviews, and what was found out or left out, in sentences.

    Raises:
        BadInput: a column is missing, rows are bad, the labels aren't two classes, or the file is
            of another kind.
        OSError: the file can't be read.
    """
    bad = BadRows(path, reading.skip_bad_rows)
    table = _table(path, kind, content, reading, bad)
    text_at, label_at, told = places(path, table, reading)
    rows = _good_rows(table, text_at, label_at, bad)
    how = [*table.told, *told]
    del table  # and all that it holds: the file once more
    notes = [f"{path}: read as: {', '.join(how)}." if how else ""]
    notes.append(bad.settle(len(rows) + len(bad.found)))
    if not rows:
        raise BadInput(f"{path}: holds no rows; write one for each review")
    found, told_of_labels = marks(
        [row.label for row in rows], reading, path, [row.line for row in rows]
    )
    notes.append(told_of_labels)
    texts = [row.text for row, mark in zip(rows, found, strict=True) if mark is not None]
    values = [mark for mark in found if mark is not None]
    del rows  # so that each text goes once it is read
    return _reviews(texts, values, path), [note for note in notes if note]


class _Good(NamedTuple):
    """A row with a text, or a list of words, and a label."""

    line: int
    text: Any
    label: str


def _good_rows(table: Table, text_at: int, label_at: int, bad: BadRows) -> list[_Good]:
    """Read the rows; those that can't be are added to the bad ones."""
    rows = []
    for line, text, label in table.rows(text_at, label_at):
        name = named(label)
        if isinstance(label, (list, dict)):
            bad.add(line, f"{table.names[label_at]} must be one label, not {shown(label)}")
        elif not name:
            bad.add(line, f"has no {table.names[label_at]}")
        elif not _is_text(text):
            what = "a text or a list of words"
            bad.add(line, f"{table.names[text_at]} must be {what}, not {shown(text)}")
        else:
            rows.append(_Good(line, text, name))
    odd = odd_ones([row.label for row in rows])
    for row in rows:
        if row.label in odd:
            bad.add(row.line, f"the label must be a number, as most are, not {shown(row.label)}")
    return [row for row in rows if row.label not in odd]


def _table(path: Path, kind: str, content: bytes | None, reading: Reading, bad: BadRows) -> Table:
    if kind in ("parquet", "feather"):
        return arrow_rows(content, path, kind)
    read = delimited if kind == "csv" else json_rows
    return read(path.read_bytes() if content is None else content, path, reading, bad)


def _is_text(text: object) -> bool:
    if not isinstance(text, list):
        return isinstance(text, str)
    kinds = {type(word) for word in text}
    return not kinds or kinds == {str} or (kinds == {int} and min(text) >= 0)


def _reviews(texts: list[Any], labels: Sequence[float], path: Path) -> Reviews:
    kinds = {str if isinstance(text, str) else type(text[0]) for text in texts if text}
    if kinds == {int}:
        return _of_ids(texts, labels, path)
    if int in kinds:
        raise BadInput(f"{path}: some texts are numbers of words, others aren't; use one kind")
    texts.reverse()
    each = (texts.pop() for _ in labels)
    return learn(
        (split_text(text) if isinstance(text, str) else ended(text) for text in each), labels
    )[0]


def _of_ids(texts: Sequence[list[int]], labels: Sequence[float], path: Path) -> Reviews:
    ids, counts, lengths = list[int](), list[int](), list[int]()
    for text in texts:
        counted = Counter(text)
        ids.extend(counted)
        counts.extend(counted.values())
        lengths.append(len(counted))
    most = max(ids)
    if most >= 2**31 - 1:
        raise BadInput(f"{path}: the word {most:,} is too large; number the words from 0 on")
    indptr = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
    return Reviews(indptr, np.array(ids), np.array(counts, float), labels, most + 1)
