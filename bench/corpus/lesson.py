"""The lesson's own two files: ``reviews.txt`` and ``labels.txt``, a line for each review."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from ...impls.reviews import Reviews
from ..outcomes import BadInput
from ..text.markdown import shown
from .cache import Key, cached
from .encodings import utf_8
from .words import END, learn

RULE = "lesson-1"
REVIEWS, LABELS = "reviews.txt", "labels.txt"

_LABELS = {"positive": 1.0, "negative": 0.0}


def load_folder(folder: Path) -> Reviews:
    """Read the reviews of a folder with both files, with counts.

    Raises:
        BadInput: a label is unknown, a file is not UTF-8, the files have different numbers of
            lines, or there are no reviews.
        OSError: a file can't be read.
    """
    contents = [(folder / name).read_bytes() for name in (REVIEWS, LABELS)]
    # The checksum of each, because where the first file ends matters.
    digest = b"".join(hashlib.sha256(content).digest() for content in contents)
    return cached(Key(RULE, digest), ["train"], lambda: {"train": _parse(folder, *contents)})[
        "train"
    ]


def _parse(folder: Path, reviews: bytes, labels: bytes) -> Reviews:
    texts = _lines(reviews, folder / REVIEWS)
    marks = _lines(labels, folder / LABELS)
    if len(texts) != len(marks):
        raise BadInput(
            f"{folder / REVIEWS} has {len(texts):,} lines and {folder / LABELS} {len(marks):,}; "
            "each review needs one label"
        )
    if not texts:
        raise BadInput(f"{folder / REVIEWS}: no reviews; write one on each line")
    values = _values(marks, folder / LABELS)
    # Single spaces, as in the lesson: two in a row leave an empty string, and that is a word too.
    return learn((text.encode().replace(b" ", END) + END for text in texts), values)[0]


def _lines(content: bytes, path: Path) -> list[str]:
    # Not splitlines(): it also splits on \x0b, \x85 and others that stand within a review.
    lines = utf_8(content, path).replace("\r\n", "\n").split("\n")
    if not lines[-1]:
        lines.pop()
    return lines


def _values(marks: Sequence[str], path: Path) -> list[float]:
    values = []
    for number, mark in enumerate(marks, start=1):
        value = _LABELS.get(mark.strip().lower())
        if value is None:
            raise BadInput(
                f"{path}:{number}: the label must be positive or negative, not {shown(mark)}"
            )
        values.append(value)
    return values
