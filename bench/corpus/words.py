"""From the words of reviews to the ids of words: a vocabulary in order of first appearance."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import TypeVar

import numpy as np

from ...impls.reviews import Reviews

Word = TypeVar("Word", str, bytes)


def learn(
    texts: Iterable[Sequence[Word]], labels: Sequence[float]
) -> tuple[Reviews, dict[Word, int]]:
    """Learn a vocabulary from texts, and turn them into reviews with counts.

    The ids of a review stand in the order in which its words first come in the text.

    Args:
        texts: the words of each review, as they follow one another.
        labels: (n,) of 0 and 1, one for each text.

    Returns:
        The reviews, and the id of each word.
    """
    # A missing key takes the next number: the whole look-up stays in C.
    vocabulary: defaultdict[Word, int] = defaultdict(count().__next__)
    # Lists, because array.array takes longer to extend.
    ids: list[int] = []
    counts: list[int] = []
    indptr = [0]
    for text in texts:
        counted = Counter(text)
        ids.extend(map(vocabulary.__getitem__, counted))
        counts.extend(counted.values())
        indptr.append(len(ids))
    return _reviews(indptr, ids, counts, labels, len(vocabulary)), dict(vocabulary)


def look_up(
    texts: Iterable[Sequence[Word]], labels: Sequence[float], vocabulary: Mapping[Word, int]
) -> Reviews:
    """Turn texts into reviews with counts; words outside of a given vocabulary are dropped."""
    ids: list[int] = []
    counts: list[int] = []
    indptr = [0]
    for text in texts:
        counted = Counter(text)
        known = [word for word in counted if word in vocabulary]
        ids.extend(map(vocabulary.__getitem__, known))
        counts.extend(map(counted.__getitem__, known))
        indptr.append(len(ids))
    return _reviews(indptr, ids, counts, labels, len(vocabulary))


def _reviews(
    indptr: list[int],
    ids: list[int],
    counts: list[int],
    labels: Sequence[float],
    vocabulary_size: int,
) -> Reviews:
    # Trusted, because words that were counted are distinct; to look for a fault took a fifth of the
    # time of reading IMDB.
    return Reviews.trusted(
        np.array(indptr, np.int64),
        np.array(ids, np.int32),
        np.array(counts, np.float64),
        np.array(labels, np.float64),
        vocabulary_size,
    )
