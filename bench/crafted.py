"""Small reviews at the edges, on which a fast kernel goes wrong first."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..impls.network import Array
from ..impls.reviews import Reviews
from .scenario import Scenario

# Enough for a review longer than any buffer that people size by the longest real one (678).
VOCABULARY = 1_100

# Words of their own, whose rows drive the sigmoid far up, far down, and to exactly nothing.
HIGH, LOW, ZERO = 1_097, 1_096, 1_095

NAMES = (
    "empty", "one word", "two words", "first id", "last id", "513 words", "1,025 words",
    "all words", "saturated high, labelled 0", "saturated high, labelled 1",
    "saturated low, labelled 0", "saturated low, labelled 1", "zero rows", "empty again",
    "one word again", "last of the pass",
)  # fmt: skip


def crafted_reviews(scenario: Scenario) -> Reviews:
    """One review for each of NAMES, of VOCABULARY words, counted where the scenario counts."""
    rng = np.random.default_rng(0)
    ordinary = np.arange(VOCABULARY - 10)
    words: list[Any] = [
        [], [5], [7, 3], [0], [VOCABULARY - 1],
        rng.permutation(ordinary)[:513], rng.permutation(ordinary)[:1_025],
        rng.permutation(VOCABULARY),
        [HIGH], [HIGH, 1], [LOW], [LOW, 2], [ZERO], [], [5], [9, 0, VOCABULARY - 1],
    ]  # fmt: skip
    # 2.5, because counts are real numbers and a kernel that casts them to integers is wrong.
    counts: list[Any] = [rng.choice([1.0, 2.0, 2.5, 7.0], len(review)) for review in words]
    labels = [0, 1, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 1, 1, 0, 1]
    return scenario.reviews(Reviews.from_lists(words, labels, VOCABULARY, counts))


def crafted_weights(scenario: Scenario) -> tuple[Array, Array]:
    """Weights (VOCABULARY, hidden) and (hidden,) that are not zero and saturate where named."""
    rng = np.random.default_rng(1)
    weights_1_2 = scenario.first_weights(1)[1]
    weights_0_1 = rng.normal(0, 0.01, (VOCABULARY, scenario.hidden)).astype(scenario.dtype)
    # Rows along weights_1_2 give z = 2000 and -2000 whatever the number of hidden units.
    direction = weights_1_2 / max(float(weights_1_2 @ weights_1_2), 1e-6)
    weights_0_1[HIGH], weights_0_1[LOW], weights_0_1[ZERO] = 2000 * direction, -2000 * direction, 0
    return weights_0_1, weights_1_2
