"""Which reviews train and which test, and what speaks against so parting them."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from ...impls.reviews import Reviews
from ..outcomes import BadInput
from ..text.amounts import whole
from .gathered import taken
from .reading import Reading

# The lesson keeps its last thousand reviews to test on.
TEST_REVIEWS = 1_000
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)%|(\d+)")


def divided(reviews: Reviews, reading: Reading, name: str) -> tuple[Reviews, Reviews, list[str]]:
    """Part reviews into those to train on and those to test on, which are the last ones.

    Args:
        reading: how many are for testing; none if the lesson's thousand would be all.

    Returns:
        Both, and what the user should know of them, in sentences.

    Raises:
        BadInput: so many can't be had.
    """
    there = len(reviews)
    number = min(TEST_REVIEWS, there) % there if not reading.test else _number(reading.test, there)
    if reading.shuffle is not None:
        reviews = taken(reviews, _shuffled(reviews.labels, number, reading.shuffle))
    train, test = reviews[: there - number], reviews[there - number :]
    told = []
    if not reading.test and 2 * number > len(train):
        told.append(
            f"{name}: the last {number:,} of {there:,} reviews test, as in the lesson; test=20% "
            "keeps fewer."
        )
    if number and _classes(reviews) == 2 and min(_classes(train), _classes(test)) == 1:
        half, of = ("test", test) if _classes(test) == 1 else ("training", train)
        kind = "positive" if of.labels[0] else "negative"
        told.append(
            f"{name}: all {half} reviews are {kind}, since the reviews seem to be sorted by their "
            "labels; shuffle=1 mixes them."
        )
    return train, test, told


def shuffled(reviews: Reviews, seed: int) -> Reviews:
    """Put reviews in another order."""
    return taken(reviews, _shuffled(reviews.labels, 0, seed))


def _number(amount: str, there: int) -> int:
    found = _AMOUNT.fullmatch(str(amount).strip())
    if found is None:
        raise BadInput(f"test={amount!r}: must be a number of reviews or a share, as in '20%'")
    number = round(float(found[1]) / 100 * there) if found[1] else int(found[2])
    if not 0 < number < there:
        raise BadInput(
            f"test={amount!r}: leaves {number:,} of {there:,} reviews to test on; both parts need "
            "some"
        )
    return number


def _shuffled(labels: NDArray[np.float64], test: int, seed: int) -> NDArray[np.int64]:
    """Draw an order whose last reviews have as large a share of positive ones as all have."""
    rng = np.random.default_rng(whole("shuffle", seed, 0))
    order = rng.permutation(len(labels))
    last = []
    left = test
    for label in (1.0, 0.0):
        of_label = order[labels[order] == label]
        share = round(test * len(of_label) / len(labels)) if label else left
        share = min(share, len(of_label))
        left -= share
        last.append(of_label[len(of_label) - share :])
    testing = np.concatenate(last)
    training = order[~np.isin(order, testing)]
    return np.concatenate([training, rng.permutation(testing)])


def _classes(reviews: Reviews) -> int:
    return len(np.unique(reviews.labels))
