"""Svmlight files, which scikit-learn reads: their rows may be unsorted, from 0 or from 1 on."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ..outcomes import BadInput
from ..text.markdown import reason
from .labels import named
from .rows import BadRows

_SEVERAL = re.compile(rb"\s*[+-]?[\d.]+,")


def parse(content: bytes, path: Path, bad: BadRows) -> tuple[Any, list[str], list[int], str]:
    """Parse a file.

    Args:
        bad: takes the bad rows.

    Returns:
        The matrix, the name of each row's label, the lines of the rows, and from which number on
        words are counted, in words.

    Raises:
        BadInput: scikit-learn is missing, or rows have several labels.
    """
    if find_spec("sklearn") is None:
        raise BadInput(f"{path}: needs scikit-learn: pip install 'skipzeros[data]'")
    content = content.removeprefix(codecs.BOM_UTF8)
    lines = content.split(b"\n")
    rows = [(number, line) for number, line in enumerate(lines, 1) if _is_row(line)]
    several = [number for number, line in rows if _SEVERAL.match(line)]
    if several:
        raise BadInput(
            f"{path}:{several[0]}: is multi-label (as in {len(several):,} of {len(rows):,} rows); "
            "write one label a row, or a file for each label with 1 and 0"
        )
    try:
        matrix, labels = _parsed(content)
    except Exception:
        # The parser doesn't say which line is bad, and wants words in order.
        rows = list(_good(rows, bad))
        if not rows:
            return None, [], [], ""
        matrix, labels = _parsed(b"\n".join(line for _, line in rows))
    from_zero = any(re.search(rb"\s0+:", line.partition(b"#")[0]) for _, line in rows)
    names = [named(label) for label in labels.tolist()]
    first = "0 (zero-based)" if from_zero else "1 (one-based)"
    return matrix, names, [number for number, _ in rows], f"words are counted from {first}"


def _is_row(line: bytes) -> bool:
    return bool(line.partition(b"#")[0].strip())


def _good(rows: Iterable[tuple[int, bytes]], bad: BadRows) -> Iterable[tuple[int, bytes]]:
    for number, line in rows:
        try:
            line = _in_order(line)
            _parsed(line)
        except Exception as error:
            bad.add(number, reason(error))
        else:
            yield number, line


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
    """Parse what is in order.

    Raises:
        ValueError: a value isn't finite; the parser raises other kinds too.
    """
    from sklearn.datasets import load_svmlight_file

    matrix, labels = load_svmlight_file(io.BytesIO(content), zero_based="auto")
    if not np.isfinite(matrix.data).all():
        raise ValueError("a value is not finite")
    return matrix, labels
