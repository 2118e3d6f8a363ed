"""Made-up reviews that cost and teach as much as IMDB's; nothing is downloaded.

Each review is a run of words drawn one by one from the frequencies of its class, until it holds
as many distinct ones as it should. Words are only numbers here: no text is copied. The lengths
and frequencies are measured on IMDB's training half; the polarity is then set so that one pass
of the lesson's network ends where it ends on IMDB.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from ...impls.reviews import Reviews
from .alias import Alias

VOCABULARY = 74_074
HALF = 25_000

# Every block of reviews has its own generator, so that any stretch can be had without the rest.
BLOCK = 1_000

# Distinct words of a review: (the share of reviews that have fewer, how many).
_LENGTHS = np.array(
    [
        (0, 12),
        (0.001, 24),
        (0.01, 37),
        (0.05, 52),
        (0.1, 69),
        (0.2, 86),
        (0.3, 95),
        (0.4, 105),
        (0.5, 117),
        (0.6, 134),
        (0.7, 158),
        (0.75, 173),
        (0.8, 192),
        (0.85, 218),
        (0.9, 253),
        (0.95, 310.5),
        (0.97, 355),
        (0.98, 385),
        (0.99, 426),
        (0.995, 453),
        (0.9986, 512),
        (0.9995, 550),
        (1, 678),
    ]
)

# (The rank of a word, 1 the most frequent; how often a review has it, repeats and all.)
_FREQUENCIES = np.array(
    [
        (1, 54),
        (2, 14.5),
        (3, 14),
        (4, 6.5),
        (7, 5.4),
        (10, 3.9),
        (15, 2.4),
        (20, 1.7),
        (30, 1.1),
        (50, 0.64),
        (100, 0.3),
        (200, 0.13),
        (500, 0.048),
        (1_000, 0.0215),
        (2_000, 0.0094),
        (5_000, 0.0029),
        (10_000, 0.0011),
        (20_000, 0.00033),
        (45_000, 0.00005),
        (VOCABULARY, 0.00003),
    ]
)

# (Rank, scale of the log-odds between the classes.) The words that every review has tell nothing;
# of the others, Laplace-shaped as in IMDB, most tell little and a few tell much.
_POLARITY = np.array([(1, 0), (30, 0), (200, 0.75), (VOCABULARY, 0.75)])

# Each review draws a share of its words from the other class, between none and this. Such reviews
# are why no network gets all of them right.
_MOST_MIXED = 0.45


class _Language(NamedTuple):
    words: Alias  # 0 draws the rank of a negative word, 1 of a positive one
    ids: NDArray[np.int32]  # (VOCABULARY,) the id of the word of each rank


def generate(reviews: int = HALF, seed: int = 1, start: int = 0) -> Reviews:
    """Make reviews with counts, of 74,074 words; the labels are 1, 0, 1, 0, ...

    Args:
        reviews: how many.
        seed: not negative; another seed has other words that tell the classes apart.
        start: the number of the first review in the endless sequence that a seed stands for, so
            that ``generate(10, start=10)`` is ``generate(20)[10:]``.
    """
    language = _language(np.random.default_rng(seed))
    first, behind = start // BLOCK, -(-(start + reviews) // BLOCK)
    blocks = [_block(language, seed, number) for number in range(first, behind)]
    nothing = np.empty(0, np.int64)
    lengths, ids, counts = (
        np.concatenate([nothing, *(block[part] for block in blocks)]) for part in range(3)
    )
    whole = Reviews(
        indptr=np.concatenate([[0], np.cumsum(lengths)]),
        indices=ids,
        counts=counts,
        labels=_labels(len(lengths)),
        vocabulary_size=VOCABULARY,
    )
    skipped = start - first * BLOCK
    return whole[skipped : skipped + reviews]


def _language(rng: np.random.Generator) -> _Language:
    rank = np.log(np.arange(1, VOCABULARY + 1))
    knots = np.log(_FREQUENCIES)
    frequency = np.exp(np.interp(rank, knots[:, 0], knots[:, 1]))
    scale = np.interp(rank, np.log(_POLARITY[:, 0]), _POLARITY[:, 1])
    polarity = rng.laplace(size=VOCABULARY) * scale
    # The time until a word first turns up is exponential: ids follow first appearance.
    order = np.argsort(rng.exponential(size=VOCABULARY) / frequency)
    ids = np.empty(VOCABULARY, np.int32)
    ids[order] = np.arange(VOCABULARY)
    # expit, because both classes together then keep the frequency, whatever the polarity.
    return _Language(Alias(frequency * expit(-polarity), frequency * expit(polarity)), ids)


def _block(
    language: _Language, seed: int, number: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Make a block: the lengths (BLOCK,) of its reviews, and the ids and counts of all words."""
    # number + 1, because a trailing zero would give the very generator that made the language.
    rng = np.random.default_rng([seed, number + 1])
    wanted = _lengths(rng, number)
    # With so many draws every review finds enough distinct words, as trials have shown.
    draws = (0.95 * wanted**1.22 + 20).astype(np.int64)
    review = np.repeat(np.arange(BLOCK), draws)
    mixed = _MOST_MIXED * rng.random(BLOCK)
    from_other = rng.random(len(review)) < mixed[review]
    positive = (_labels(BLOCK) == 1)[review] ^ from_other
    words = language.ids[language.words.draw(rng, positive)]
    return _until(wanted, review, words)


def _until(
    wanted: NDArray[np.int64], review: NDArray[np.int64], words: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Count the words of each review, up to where it has the wanted number of distinct ones."""
    # One sort brings the same words of a review together, in the order in which they were drawn.
    bits = len(words).bit_length()
    key = np.sort((review * VOCABULARY + words) << bits | np.arange(len(words)))
    drawn, pair = key & ((1 << bits) - 1), key >> bits
    starts = np.flatnonzero(np.diff(pair, prepend=-1))

    new = np.zeros(len(words), np.int64)
    new[drawn[starts]] = 1
    distinct = np.cumsum(new)
    before = distinct[np.searchsorted(review, np.arange(len(wanted)))] - 1
    kept = distinct - before[review] <= wanted[review]

    counts = np.add.reduceat(kept[drawn], starts, dtype=np.int64)
    pair, counts = pair[starts][counts > 0], counts[counts > 0]
    return np.bincount(pair // VOCABULARY, minlength=len(wanted)), pair % VOCABULARY, counts


def _lengths(rng: np.random.Generator, number: int) -> NDArray[np.int64]:
    # Each block takes every 25th of 25,000 even steps, so that a half has them all, in any order.
    blocks = HALF // BLOCK
    share = (rng.permutation(BLOCK) * blocks + number % blocks) / (HALF - 1)
    numbers = np.interp(share, _LENGTHS[:, 0], _LENGTHS[:, 1])
    lengths: NDArray[np.int64] = np.rint(numbers).astype(np.int64)
    return lengths


def _labels(reviews: int) -> NDArray[np.float64]:
    labels: NDArray[np.float64] = (np.arange(reviews) % 2 == 0).astype(np.float64)
    return labels
