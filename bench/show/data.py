"""`skipzeros data`: what a data set holds, and what a dense layer_0 of it would need."""

from __future__ import annotations

import numpy as np

from ..arrays.files import blocks
from ..corpus import Corpus
from ..text.amounts import memory_size, percent, seconds
from ..text.table import print_lines, print_table


def tell_data(corpus: Corpus) -> None:
    """Print what a user decides by: sizes, density, balance, memory."""
    train, size = corpus.train, corpus.train.vocabulary_size
    lengths = np.diff(train.indptr)
    words = len(train.indices)
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
            f"{memory_size(len(train) * size * 8)} in float64; as it is, {memory_size(words * 12)}",
        ),
        ("read in", seconds(corpus.seconds)),
    ]
    print_table(corpus.name, ["", "what it does"], rows)
    print_lines(f"Of every 100 products of a dense layer_0, {100 * (1 - density):.2f} are by zero.")


def _values(corpus: Corpus) -> str:
    counts = corpus.train.stored_counts
    if counts is None or not len(counts):
        return "presence"
    ones = percent(sum(int((part == 1).sum()) for part in blocks(counts)) / len(counts))
    return f"{counts.min():g} to {counts.max():g}; {ones} of them are 1"
