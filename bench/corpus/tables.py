"""Tables with a column of texts, or of lists of words, and one of labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...impls.reviews import Reviews
from ..outcomes import BadInput
from ..text.markdown import shown
from .arrow_rows import arrow_rows
from .columns import places
from .content import Content
from .delimited import delimited
from .gathered import Gathered, by_first_appearance, renumbered, taken
from .json_rows import json_rows
from .labels import marks_of, named, odd_ones
from .reading import Reading
from .row_labels import RowLabels
from .rows import BadRows
from .split_text import split_text
from .table import Table
from .words import ended, gather, unknown

# Lists of numbers that become arrays at once.
_AT_ONCE = 1000
_TWO_KINDS = "some texts are numbers of words, others aren't; use one kind"


def load_table(
    path: Path, kind: str, content: Content, reading: Reading
) -> tuple[Reviews, list[str]]:
    """Read the reviews of a table as they come, with counts.

    A text of ASCII is split as those of aclImdb are; of others all letters count as letters.

    Args:
        kind: "csv", "json", "parquet" or "feather".

    Returns:
        The reviews, and what was found out or left out, in sentences.

    Raises:
        BadInput: a column is missing, rows are bad, the labels aren't two classes, or the file is
            of another kind.
        OSError: the file can't be read, or the reviews can't be written where they are too many.
    """
    bad = BadRows(path, reading.skip_bad_rows)
    table = _table(path, kind, content, reading, bad)
    text_at, label_at, told = places(path, table, reading)
    how = [*table.told, *told]
    notes = [f"{path}: read as: {', '.join(how)}." if how else ""]
    labels = RowLabels()
    with Gathered() as gathered:
        words = _gather(_good_texts(table, text_at, label_at, bad, labels), gathered)
        values, more = _values(labels, bad, reading, path)
        if words.fault:
            raise BadInput(f"{path}: {words.fault}")
        reviews = gathered.reviews(values, words.size)
    kept = np.flatnonzero(~np.isnan(values))
    if len(kept) < len(values):
        reviews = taken(reviews, kept)
        # As if the others had never been there.
        if words.are_numbers:
            arrays = reviews.indptr, reviews.indices, reviews.stored_counts, reviews.labels
            reviews = Reviews.trusted(*arrays, int(reviews.indices.max(initial=-1)) + 1)
        else:
            reviews = renumbered(reviews, *by_first_appearance(reviews))
    return reviews, [note for note in [*notes, *more] if note]


class _Words(NamedTuple):
    """What is known of the words of texts once these are gathered.

    Attributes:
        size: of the vocabulary.
        are_numbers: whether they came as such.
        fault: what is wrong with one; empty if nothing is.
    """

    size: int
    are_numbers: bool
    fault: str


def _table(path: Path, kind: str, content: Content, reading: Reading, bad: BadRows) -> Table:
    if kind in ("parquet", "feather"):
        return arrow_rows(content, path, kind)
    read = delimited if kind == "csv" else json_rows
    return read(content, path, reading, bad)


def _good_texts(
    table: Table, text_at: int, label_at: int, bad: BadRows, labels: RowLabels
) -> Iterator[Any]:
    """Yield the text of each row after its label is added; rows without either are bad."""
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
            labels.add(name, line)
            yield text


def _is_text(text: object) -> bool:
    if not isinstance(text, list):
        return isinstance(text, str)
    kinds = {type(word) for word in text}
    return not kinds or kinds == {str} or (kinds == {int} and min(text) >= 0)


def _values(
    labels: RowLabels, bad: BadRows, reading: Reading, path: Path
) -> tuple[NDArray[np.float64], list[str]]:
    """Return 1 and 0 for the rows, NaN for those to be left out, and what was found out."""
    counted, rows = labels.counted, len(labels) + bad.count
    for label in odd_ones(counted):
        what = f"the label must be a number, as most are, not {shown(label)}"
        bad.add_all(labels.lines[label], counted.pop(label), what)
    notes = [bad.settle(rows)]
    if not counted:
        raise BadInput(f"{path}: holds no rows; write one for each review")
    first = {label: labels.lines[label][0] for label in counted}
    of_each, told = marks_of(counted, reading, path, first)
    return labels.values(of_each), [*notes, told]


def _gather(texts: Iterator[Any], gathered: Gathered) -> _Words:
    """Gather texts: lists of numbers, if the first one is that isn't empty."""
    empty = list[Any]()
    for text in texts:
        if text:
            all_ = chain(empty, [text], texts)
            numbers = isinstance(text, list) and isinstance(text[0], int)
            return (_gather_numbers if numbers else _gather_words)(all_, gathered)
        empty.append(text)
    return _gather_words(iter(empty), gathered)


def _gather_words(texts: Iterator[Any], gathered: Gathered) -> _Words:
    vocabulary, fault = unknown(), ""

    def each() -> Iterator[bytes]:
        nonlocal fault
        for text in texts:
            if isinstance(text, str):
                yield split_text(text)
            elif text and isinstance(text[0], int):
                fault = _TWO_KINDS
            else:
                yield ended(text)

    gather(each(), vocabulary, gathered)
    return _Words(len(vocabulary), are_numbers=False, fault=fault)


def _gather_numbers(texts: Iterator[Any], gathered: Gathered) -> _Words:
    size, fault = 0, ""
    while some := [Counter(text) for text in islice(texts, _AT_ONCE)]:
        words = [*chain.from_iterable(some)]
        if any(isinstance(word, str) for word in words):
            fault = _TWO_KINDS
            continue
        size = max(size, 1 + max(words, default=-1))
        if size >= 2**31:
            fault = fault or f"the word {size - 1:,} is too large; number the words from 0 on"
            continue
        counts = chain.from_iterable(counted.values() for counted in some)
        gathered.add(
            np.array([len(counted) for counted in some]),
            np.array(words, np.int32),
            np.fromiter(counts, np.int32, len(words)),
        )
    return _Words(size, are_numbers=True, fault=fault)
