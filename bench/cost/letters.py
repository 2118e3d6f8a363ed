"""The sizes that the cost of a training pass depends on, and the letters that formulas use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...impls.reviews import Reviews
from ...impls.row_layout import row_layout
from ..arrays.counts import ones
from ..networks.scenario import Scenario

# What the letters in the text of a formula stand for, in the order of the attributes of Sizes.
LETTERS = {
    "n": "reviews",
    "W": "words present, in all reviews",
    "O": "of them with the value 1",
    "E": "reviews that are not empty",
    "V": "words in the vocabulary",
    "H": "hidden units",
    "s": "bytes of a number",
    "c": "1 with counts, 0 with presence",
    "B": "batches",
    "M": "reviews, if the batch size is above 1; else 0",
    "A": "words present in them, if the batch size is above 1; else 0",
    "L": "batches of a single review",
    "Z": "batches without any word",
    "D": "distinct words of each batch, in all batches",
    "R": "numbers of a row as it is stored (compiled)",
    "P": "hidden units padded to whole vectors (compiled)",
    "T": "tiles of a row (compiled)",
    "K": "chains of additions (compiled)",
    "S": "1 where the words of a batch are updated once (compiled), else 0",
}


@dataclass(frozen=True)
class Sizes:
    """The numbers that the work of a pass depends on; LETTERS says what each of them is."""

    reviews: int
    words: int
    ones: int
    not_empty: int
    vocabulary: int
    hidden: int
    itemsize: int
    counts: int
    batches: int
    in_batches: int
    words_in_batches: int
    single_batches: int
    wordless_batches: int
    distinct_words: int
    stored: int
    padded: int
    tiles: int
    chains: int
    shared: int

    @property
    def layer_0(self) -> int:
        """Numbers of the input layer, in all reviews."""
        return self.vocabulary * self.reviews

    @property
    def layer_1(self) -> int:
        """Numbers of the hidden layer, in all reviews."""
        return self.hidden * self.reviews

    @property
    def rows(self) -> int:
        """Numbers in the rows of weights of all words present."""
        return self.words * self.hidden

    @property
    def products_with_no_word(self) -> int:
        """Products of empty reviews with their hidden layer, which is zero."""
        return 2 * (self.reviews - self.not_empty) * self.hidden

    @classmethod
    def of(cls, reviews: Reviews, scenario: Scenario) -> Sizes:
        """Measure the sizes of reviews in a scenario.

        Args:
            reviews: with counts only where the scenario has them.
        """
        itemsize, batch = np.dtype(scenario.dtype).itemsize, scenario.batch_size
        words, counts = len(reviews.indices), reviews.stored_counts
        starts = range(0, len(reviews), batch)
        ends = np.append(reviews.indptr[starts], reviews.indptr[-1])
        layout = row_layout(scenario.hidden, itemsize, reviews.vocabulary_size)
        return cls(
            reviews=len(reviews),
            words=words,
            ones=words if counts is None else ones(counts),
            not_empty=int((np.diff(reviews.indptr) > 0).sum()),
            vocabulary=reviews.vocabulary_size,
            hidden=scenario.hidden,
            itemsize=itemsize,
            counts=int(counts is not None),
            batches=len(starts),
            in_batches=len(reviews) if batch > 1 else 0,
            words_in_batches=words if batch > 1 else 0,
            single_batches=len(reviews) if batch == 1 else int(len(reviews) % batch == 1),
            wordless_batches=int((np.diff(ends) == 0).sum()),
            distinct_words=sum(
                len(np.unique(reviews[start : start + batch].indices)) for start in starts
            ),
            stored=layout.whole + layout.rest,
            padded=layout.padded,
            tiles=layout.tiles,
            chains=layout.chains,
            shared=int(layout.shared(batch)),
        )
