"""`skipzeros data`: what a data set holds, what a dense layer_0 would need; is the cache whole?"""

from __future__ import annotations

import numpy as np

from ..arrays.counts import ones
from ..corpus import Corpus
from ..corpus.cache import folder, verify
from ..outcomes import BadInput
from ..text.amounts import memory_size, percent, seconds
from ..text.table import print_lines, print_table


def tell_data(corpus: Corpus) -> None:
    """Print what a user decides by: sizes, density, balance, memory."""
    train, size = corpus.train, corpus.train.vocabulary_size
    lengths = np.diff(train.indptr)
    words, counts = len(train.indices), train.stored_counts
    stored = train.indices.nbytes + (0 if counts is None else counts.nbytes)
    density = words / max(1, len(train) * size)
    rows = [
        ("training reviews", f"{len(train):,}"),
        (
            "test reviews",
            f"{len(corpus.test):,}" if len(corpus.test) else "0; --test 20% keeps some",
        ),
        ("words in the vocabulary", f"{size:,}"),
        (
            "words present in a review",
            f"{words / len(train):,.1f} on average, {lengths.min():,} to "
            f"{lengths.max():,}, median {np.median(lengths):,.0f}",
        ),
        ("reviews without words", f"{int((lengths == 0).sum()):,}"),
        ("density", f"{density:.4%} of layer_0 is not zero"),
        ("values", _values(corpus)),
        ("positive", percent(float(train.labels.mean()))),
        (
            "as a dense layer_0",
            f"{memory_size(len(train) * size * 8)} in float64; as it is, {memory_size(stored)}",
        ),
        ("read in", seconds(corpus.seconds)),
    ]
    print_table(corpus.name, ["", "what it does"], rows)
    print_lines(f"Of every 100 products of a dense layer_0, {100 * (1 - density):.2f} are by zero.")


def _values(corpus: Corpus) -> str:
    counts = corpus.train.stored_counts
    if counts is None or not len(counts):
        return "presence"
    share = percent(ones(counts) / len(counts))
    return f"{counts.min():g} to {counts.max():g}; {share} of them are 1"


def tell_kept() -> None:
    """Check all that the cache keeps, and print how much that was.

    Raises:
        BadInput: some of it is damaged, or there is no cache; the message says what to do.
    """
    try:
        top = folder()
        found = list(verify())
    except OSError as error:
        where = error.filename or "the cache"
        raise BadInput(
            f"{where}: can't be read ({error.strerror}); name another folder in $SKIPZEROS_CACHE"
        ) from None
    number = f"{len(found):,} {'entry' if len(found) == 1 else 'entries'}"
    size = memory_size(sum(entry.bytes for entry in found))
    print_lines(f"Checked {number} of {top}, {size}.")
    damaged = [f"{entry.path} ({', '.join(entry.damaged)})" for entry in found if entry.damaged]
    if damaged:
        them = "it" if len(damaged) == 1 else "them"
        raise BadInput(
            f"{len(damaged):,} of {number} damaged: {'; '.join(damaged)}: remove {them}, and what "
            "is needed is read from the data again"
        )
    print_lines("Every byte is as it was written.")
