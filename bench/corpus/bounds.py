"""A bound on the vocabulary: only the words that are in the most reviews are kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...impls.reviews import Reviews
from ..outcomes import BadInput
from ..text.amounts import whole
from .gathered import renumbered
from .reading import Reading


def bounded(
    halves: dict[str, Reviews], reading: Reading, name: str
) -> tuple[dict[str, Reviews], str]:
    """Leave out the words that the user wants to be left out.

    Words are ranked by the number of reviews that they are in, of the half or file that has the
    vocabulary; of those in equally many the one with the lower id goes first. Those that are kept
    stay in their order, and are numbered anew; words in no review are none of them.

    Args:
        halves: "train" has the vocabulary.
        reading: says how many words are kept, and in how many reviews each must be.
        name: of the data, for messages.

    Returns:
        The same halves in the new vocabulary, and a sentence on it.

    Raises:
        BadInput: no word would be left.
        OSError: the reviews can't be written where they are too many.
    """
    most = None if reading.most_words is None else whole("most_words", reading.most_words, 1)
    least = 1 if reading.least_reviews is None else whole("least_reviews", reading.least_reviews, 1)
    often = _reviews_with_each(halves["train"])
    ranked = np.argsort(-often, kind="stable")
    kept = np.sort(ranked[: np.count_nonzero(often >= least)][:most])
    if not len(kept):
        raise BadInput(
            f"least_reviews={least}: no word of {name} is in so many reviews; the most frequent is "
            f"in {often.max(initial=0):,}"
        )
    numbers = np.full(len(often), -1, np.int32)
    numbers[kept] = np.arange(len(kept))
    lost = 1 - often[kept].sum() / often.sum()
    told = (
        f"{name}: {len(kept):,} of {len(often):,} words are kept; the reviews lose {lost:.1%} of "
        "theirs."
    )
    return {half: renumbered(one, numbers, len(kept)) for half, one in halves.items()}, told


def _reviews_with_each(reviews: Reviews) -> NDArray[np.int64]:
    """Return (vocabulary_size,) in how many reviews each word is."""
    often = np.zeros(reviews.vocabulary_size, np.int64)
    for part in reviews.blocks():
        np.add.at(often, part.indices, 1)  # the words of a review are distinct
    return often
