"""`skipzeros data`: what a data set holds, what a dense layer_0 would need; is the cache whole?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..arrays.counts import ones
from ..corpus import Corpus
from ..corpus.cache import folder, verify
from ..outcomes import BadInput
from ..records.documents import Document
from ..text.amounts import memory_size, percent, seconds
from ..text.table import print_lines, print_table


@dataclass(frozen=True, kw_only=True)
class DataRow:
    """What a data set holds; all but test_reviews is of the training reviews.

    Attributes:
        train_reviews, test_reviews, reviews_without_words: how many there are.
        words_mean, words_median, words_least, words_most: words present in a review.
        density: the share of layer_0 that is not zero.
        value_least, value_most, values_one: the smallest and the largest value of a word that is
            present, and the share of them that are 1; None where only presence is stored.
        positive: the share of positive reviews.
        dense_bytes: of a dense layer_0 in float64.
        stored_bytes: of the reviews as they are.
        seconds: that reading took.
    """

    data: str
    train_reviews: int
    test_reviews: int
    vocabulary_size: int
    nonzeros: int
    words_mean: float
    words_median: float
    words_least: int
    words_most: int
    reviews_without_words: int
    density: float
    value_least: float | None = None
    value_most: float | None = None
    values_one: float | None = None
    positive: float
    dense_bytes: int
    stored_bytes: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class DataDocument(Document):
    """What a data set holds, in one row."""

    name = "data"
    of = "data"

    rows: list[DataRow]


@dataclass(frozen=True, kw_only=True)
class KeptRow:
    """What the cache keeps of one data set.

    Attributes:
        path: of its folder.
        bytes: of its files.
        damaged: the files in it that aren't as they were written.
    """

    path: Path
    bytes: int
    damaged: list[str]


@dataclass(frozen=True, kw_only=True)
class KeptDocument(Document):
    """What the cache keeps, and whether it is whole; the exit code is 2 where something isn't.

    Attributes:
        cache: the folder of all.
    """

    name = "data-verify"
    of = "data"

    cache: Path
    rows: list[KeptRow]


def data_document(corpus: Corpus) -> DataDocument:
    """Return what a data set holds for other programs."""
    notes = corpus.note.splitlines()
    return DataDocument(files=[], notes=notes, rows=[_described(corpus)])


def _described(corpus: Corpus) -> DataRow:
    train, size = corpus.train, corpus.train.vocabulary_size
    lengths = np.diff(train.indptr)
    words, counts = len(train.indices), train.stored_counts
    row = DataRow(
        data=corpus.name,
        train_reviews=len(train),
        test_reviews=len(corpus.test),
        vocabulary_size=size,
        nonzeros=words,
        words_mean=words / len(train),
        words_median=float(np.median(lengths)),
        words_least=int(lengths.min()),
        words_most=int(lengths.max()),
        reviews_without_words=int((lengths == 0).sum()),
        density=words / max(1, len(train) * size),
        positive=float(train.labels.mean()),
        dense_bytes=len(train) * size * 8,
        stored_bytes=train.indices.nbytes + (0 if counts is None else counts.nbytes),
        seconds=corpus.seconds,
    )
    if counts is None or not len(counts):
        return row
    least, most, one = float(counts.min()), float(counts.max()), ones(counts) / len(counts)
    return replace(row, value_least=least, value_most=most, values_one=one)


def tell_data(corpus: Corpus) -> None:
    """Print what a user decides by: sizes, density, balance, memory."""
    row = _described(corpus)
    rows = [
        ("training reviews", f"{row.train_reviews:,}"),
        (
            "test reviews",
            f"{row.test_reviews:,}" if row.test_reviews else "0; --test 20% keeps some",
        ),
        ("words in the vocabulary", f"{row.vocabulary_size:,}"),
        (
            "words present in a review",
            f"{row.words_mean:,.1f} on average, {row.words_least:,} to "
            f"{row.words_most:,}, median {row.words_median:,.0f}",
        ),
        ("reviews without words", f"{row.reviews_without_words:,}"),
        ("density", f"{row.density:.4%} of layer_0 is not zero"),
        ("values", _values(row)),
        ("positive", percent(row.positive)),
        (
            "as a dense layer_0",
            f"{memory_size(row.dense_bytes)} in float64; as it is, {memory_size(row.stored_bytes)}",
        ),
        ("read in", seconds(row.seconds)),
    ]
    print_table(row.data, ["", "what it does"], rows)
    print_lines(
        f"Of every 100 products of a dense layer_0, {100 * (1 - row.density):.2f} are by zero."
    )


def _values(row: DataRow) -> str:
    if row.value_least is None:
        return "presence"
    share = percent(row.values_one)
    return f"{row.value_least:g} to {row.value_most:g}; {share} of them are 1"


def kept_document() -> KeptDocument:
    """Check all that the cache keeps.

    Raises:
        BadInput: the cache can't be read.
    """
    try:
        top = folder()
        rows = [
            KeptRow(path=entry.path, bytes=entry.bytes, damaged=entry.damaged) for entry in verify()
        ]
    except OSError as error:
        where = error.filename or "the cache"
        raise BadInput(
            f"{where}: can't be read ({error.strerror}); name another folder in $SKIPZEROS_CACHE"
        ) from None
    return KeptDocument(files=[], notes=[], cache=top, rows=rows)


def tell_kept(kept: KeptDocument) -> None:
    """Print how much the cache keeps, and that it is whole if it is."""
    size = memory_size(sum(row.bytes for row in kept.rows))
    print_lines(f"Checked {_entries(kept)} of {kept.cache}, {size}.")
    if not any(row.damaged for row in kept.rows):
        print_lines("Every byte is as it was written.")


def refuse_damaged(kept: KeptDocument) -> None:
    """Raise an error if the cache is damaged.

    Raises:
        BadInput: some of it is; the message says what to do.
    """
    damaged = [f"{row.path} ({', '.join(row.damaged)})" for row in kept.rows if row.damaged]
    if damaged:
        them = "it" if len(damaged) == 1 else "them"
        raise BadInput(
            f"{len(damaged):,} of {_entries(kept)} damaged: {'; '.join(damaged)}: remove {them}, "
            "and what is needed is read from the data again"
        )


def _entries(kept: KeptDocument) -> str:
    return f"{len(kept.rows):,} {'entry' if len(kept.rows) == 1 else 'entries'}"
