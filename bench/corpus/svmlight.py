"""Svmlight files, which scikit-learn reads: their rows may be unsorted, from 0 or from 1 on."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...impls.reviews import Reviews
from ..outcomes import BadInput
from ..text.markdown import reason
from .content import Content
from .gathered import Gathered, taken
from .labels import marks_of, named
from .reading import Reading
from .row_labels import RowLabels
from .rows import BadRows

# Bytes that are parsed at once, and the rest of their last line.
BLOCK = 2**22
_SEVERAL = re.compile(rb"\s*[+-]?[\d.]+,")
_WORD_0 = re.compile(rb"\s0+:")
_FIRST = ("0 (zero-based)", "1 (one-based)")

_Row = tuple[int, bytes]  # the line it stands in, counted from 1, and what stands there


class _Refused(Exception):
    """The parser doesn't take a block."""


def load_svmlight(path: Path, content: Content, reading: Reading) -> tuple[Reviews, list[str]]:
    """Read the reviews of a file a block at a time; its values are their counts.

    Returns:
        The reviews, and what was found out or left out, in sentences.

    Raises:
        BadInput: scikit-learn is missing, rows are bad or have several labels, or the labels aren't
            two classes.
        OSError: the file can't be read, or the reviews can't be written where they are too many.
    """
    if find_spec("sklearn") is None:
        raise BadInput(f"{path}: needs scikit-learn: pip install 'skipzeros[data]'")
    first, row_by_row = _likely_first(content, path), False
    while True:
        bad, labels = BadRows(path, reading.skip_bad_rows), RowLabels()
        with Gathered() as gathered:
            blocks = _blocks(content)
            try:
                if row_by_row:
                    blocks = (_good(rows, bad) for rows in blocks)
                lowest, highest = _gather(blocks, first, labels, gathered)
            except _Refused:
                # The parser doesn't say which line is bad, and wants words in order.
                row_by_row = True
                continue
            if lowest is not None and first != min(lowest, 1):
                first = min(lowest, 1)
                continue
            notes = [bad.settle(len(labels) + bad.count)]
            if not len(labels):
                raise BadInput(f"{path}: holds no rows; write one for each review")
            notes.append(f"{path}: words are counted from {_FIRST[first]}.")
            if highest - first >= 2**31 - 1:
                raise BadInput(f"{path}: the word {highest:,} is too large; use smaller numbers")
            values, told = _values(labels, reading, path)
            reviews = gathered.reviews(values, max(1, highest + 1 - first))
        kept = np.flatnonzero(~np.isnan(values))
        if len(kept) < len(values):
            reviews = taken(reviews, kept)
        return reviews, [note for note in [*notes, told] if note]


def _values(labels: RowLabels, reading: Reading, path: Path) -> tuple[NDArray[np.float64], str]:
    """Return 1 and 0 for the rows, NaN for those to be left out, and what was found out."""
    if "" in labels.lines:
        raise BadInput(f"{path}: row {labels.first_row('')} has no label")
    first = {label: lines[0] for label, lines in labels.lines.items()}
    of_each, told = marks_of(labels.counted, reading, path, first)
    return labels.values(of_each), told


def _blocks(content: Content) -> Iterator[list[_Row]]:
    """Yield the rows of a block, without empty lines and comments."""
    with content.opened() as file:
        number = 1
        while block := file.read(BLOCK):
            block += file.readline()
            if number == 1:
                block = block.removeprefix(codecs.BOM_UTF8)
            lines = block.split(b"\n")
            yield [(at, line) for at, line in enumerate(lines, number) if _is_row(line)]
            number += block.count(b"\n")


def _is_row(line: bytes) -> bool:
    return bool(line.partition(b"#")[0].strip())


def _likely_first(content: Content, path: Path) -> int:
    """Return from which number on words seem to be counted, 0 or 1.

    Raises:
        BadInput: rows have several labels.
    """
    first, several, total = 1, list[int](), 0
    for rows in _blocks(content):
        total += len(rows)
        several += [number for number, line in rows if _SEVERAL.match(line)]
        if first and any(_WORD_0.search(line.partition(b"#")[0]) for _, line in rows):
            first = 0
    if several:
        raise BadInput(
            f"{path}:{several[0]}: is multi-label (as in {len(several):,} of {total:,} rows); "
            "write one label a row, or a file for each label with 1 and 0"
        )
    return first


def _gather(
    blocks: Iterable[list[_Row]], first: int, labels: RowLabels, gathered: Gathered
) -> tuple[int | None, int]:
    """Parse blocks of rows.

    Args:
        first: from which number on words are counted.

    Returns:
        The lowest number of a word, None without any, and the highest one.

    Raises:
        _Refused: a row is bad, or not in order.
    """
    lowest, highest = None, first
    for rows in blocks:
        if not rows:
            continue
        try:
            matrix, found = _parsed(b"\n".join(line for _, line in rows))
        except Exception:
            raise _Refused from None
        for label, (line, _) in zip(found.tolist(), rows, strict=True):
            labels.add(named(label), line)
        if len(matrix.indices):
            least = int(matrix.indices.min())
            lowest = least if lowest is None else min(lowest, least)
            highest = max(highest, int(matrix.indices.max()))
        matrix.eliminate_zeros()
        words = (matrix.indices - first).astype(np.int32)
        gathered.add(np.diff(matrix.indptr), words, matrix.data)
    return lowest, highest


def _good(rows: Iterable[_Row], bad: BadRows) -> list[_Row]:
    """Return the rows that can be parsed, each in order; the others are added to the bad ones."""
    good = []
    for number, line in rows:
        try:
            line = _in_order(line)
            _parsed(line)
        except Exception as error:
            bad.add(number, reason(error))
        else:
            good.append((number, line))
    return good


def _in_order(line: bytes) -> bytes:
    """Sort the words of a row.

    Raises:
        ValueError: a word is there twice, or what stands there is no word and value.
    """
    label, *pairs = line.partition(b"#")[0].split()
    queries = [pair for pair in pairs if pair.startswith(b"qid:")]
    words: dict[int, bytes] = {}
    for pair in pairs:
        if pair in queries:
            continue
        word, colon, _ = pair.partition(b":")
        if not colon or not word.isdigit():
            raise ValueError(f"{pair.decode(errors='replace')!r} must be WORD:VALUE")
        if int(word) in words:
            raise ValueError(f"word {int(word)} is there twice")
        words[int(word)] = pair
    return b" ".join([label, *queries, *(words[word] for word in sorted(words))])


def _parsed(content: bytes) -> tuple[Any, Any]:
    """Parse what is in order; words keep their numbers.

    Raises:
        ValueError: a value isn't finite; the parser raises other kinds too.
    """
    from sklearn.datasets import load_svmlight_file

    matrix, labels = load_svmlight_file(io.BytesIO(content), zero_based=True)
    if not np.isfinite(matrix.data).all():
        raise ValueError("a value is not finite")
    return matrix, labels
