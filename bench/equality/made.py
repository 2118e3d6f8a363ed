"""Reviews, first weights and scenario of a case of the matrix."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...impls.network import Array
from ...impls.reviews import Reviews
from ..networks.guard import Weights
from ..networks.packed import LESSON
from ..networks.scenario import Scenario
from .cases import Case
from .extremes import rows_for

# No multiple of any batch size, so that the last batch is short.
FEW, CROWD = 77, 301
# More than 16 bits count; the first one's word comes again when such a count is at its start.
MANY = 66_000
AGAIN = 1 << 16
# A batch that no data fills, and that 16 bits can't count either.
MORE_THAN_ALL = AGAIN + 1
# Reviews without words in a row, for a batch that has none.
EMPTY = range(40, 46)
# So many numbers are 1 before there are other counts.
ONES = 100
# First weights_0_1 so many times as large, and weights_1_2 as small: steps of all sizes.
STRETCH = 1e5
# What is counted, and the largest of it, by which weights and rate are divided: else the sigmoid
# would saturate at the first review, and nothing would show.
COUNTS: dict[str, tuple[list[float], float]] = {
    "presence": ([1], 1),
    "16": ([15, 16], 16),
    "128": ([127, 128], 128),
    "256": ([255, 256], 256),
    "65536": ([65_535, 65_536], 65_536),
    "1e9": ([1e9, 999_999_936], 1e9),
    "fractions": ([0.25, 1.5, 2.75, 1 / 3], 2.75),
    "signs": ([-2, 0, 1, -0.5, 3], 3),
    "-129": ([-129, 3, 1], 129),
    "-32769": ([-32_769, 3, 1], 32_769),
    "2049": ([2_047, 2_049], 2_049),
    "32768": ([32_767, 32_768], 32_768),
    "16777217": ([16_777_215, 16_777_217], 16_777_217),
    "2147483648": ([2_147_483_647, 2_147_483_648], 2_147_483_648),
    "3e9": ([2_147_483_648, 3e9], 3e9),
    "4294967296": ([4_294_967_295, 4_294_967_296], 4_294_967_296),
    "5e9": ([4_294_967_296, 5e9], 5e9),
    "tiny": ([1e-9, 1e-7, 1], 1),
}
# How many words reviews have of which blocks of many sizes fill up exactly.
POWERS, LONGER_POWERS = (8, 16, 32, 64), (128, 256, 512)
LONG_POWERS = {1_201: 1_024, 5_000: 4_096, 70_000: 65_536}
HUGE, SUBNORMAL = 1e30, 50
# By what weights_1_2 are multiplied, and weights_0_1 divided; none are left where it is 0.
_STRETCHED = {"dead": 0.0, "wide": 1 / STRETCH, "steep": STRETCH}
Words = NDArray[np.int64]


class Made(NamedTuple):
    """What a network is tried on.

    Attributes:
        reviews: with counts or presence, as the scenario wants them.
        weights: the first weights_0_1 (vocabulary_size, hidden) and weights_1_2 (hidden,).
    """

    scenario: Scenario
    reviews: Reviews
    weights: Weights


def made(case: Case, definition: str = LESSON) -> Made:
    """Make what a case says; the same each time."""
    rng = np.random.default_rng(16)
    vocabulary, hidden = int(case["vocabulary"]), int(case["hidden"])
    values, most = COUNTS[case["counts"]]
    words = [_in_order(review, case["order"], rng) for review in _words(case, vocabulary, rng)]
    extremes = _extremes(vocabulary) if case["z"] != "0" else {}
    if extremes:
        # In between what trains on as usual.
        for number, word in enumerate([*extremes, *extremes]):
            words.insert(3 * number + 1, np.array([word]))
    labels = rng.integers(0, 2, len(words))
    lengths = [len(review) for review in words]
    starts = np.cumsum([0, *lengths])
    counts = rng.choice(values, sum(lengths))
    counts[:ONES] = 1
    for number in range(2 * len(extremes)):
        labels[3 * number + 1] = number // len(extremes)  # each is wrong once, and right once
        counts[starts[3 * number + 1]] = most
    batch = MORE_THAN_ALL if case["batch"] == "all" else int(case["batch"])
    longest = max(lengths)
    scenario = Scenario(
        hidden=hidden,
        # The same change of z at each step, whatever the review and the network are like.
        learning_rate=float(case["rate"]) / (most**2 * max(1, longest / 10) * max(1, hidden / 3)),
        batch_size=batch,
        dtype=case["dtype"],
        input="presence" if case["counts"] == "presence" else "counts",
        definition=definition,
    )
    reviews = Reviews(
        starts,
        np.concatenate(words),
        counts,
        labels,
        vocabulary,
    )
    if definition != LESSON:
        weights = _of_definition(case, scenario, vocabulary, (longest, most), extremes, rng)
        return Made(scenario, scenario.reviews(reviews), weights)
    weights_1_2 = scenario.first_weights(1)[1]
    weights_0_1 = _first_rows(case, (vocabulary, hidden), longest, most, rng)
    direction = weights_1_2 / float(weights_1_2 @ weights_1_2)
    weights_1_2 *= weights_1_2.dtype.type(_STRETCHED.get(case["weights"], 1.0))
    for word, side in extremes.items():
        weights_0_1[word] = side * float(case["z"]) / most * direction
    return Made(scenario, scenario.reviews(reviews), (weights_0_1, weights_1_2))


def _of_definition(
    case: Case,
    scenario: Scenario,
    vocabulary: int,
    sizes: tuple[int, float],
    extremes: dict[int, int],
    rng: np.random.Generator,
) -> Weights:
    """Make the first state of another definition than the lesson's."""
    rows, others = scenario.drawn(rng, vocabulary)
    first = scenario.layout.by_word[0].place
    rows[:, first] = _first_rows(case, rows[:, first].shape, *sizes, rng)
    for name, place, _ in scenario.layout.others:
        if name == "weights_1_2":
            others[place] *= others.dtype.type(_STRETCHED.get(case["weights"], 1.0))
    wanted = {word: side * float(case["z"]) for word, side in extremes.items()}
    for word, row in rows_for(scenario, others, wanted).items():
        rows[word] = row / rows.dtype.type(sizes[1])
    return rows, others


def _first_rows(
    case: Case, shape: tuple[int, int], longest: int, most: float, rng: np.random.Generator
) -> Array:
    kind, dtype = case["weights"], np.dtype(case["dtype"])
    if kind == "zero":
        return np.zeros(shape, dtype)
    if kind == "subnormal":
        smallest = np.finfo(dtype).smallest_subnormal
        rows: Array = rng.integers(-SUBNORMAL, SUBNORMAL, shape).astype(dtype)
        rows *= smallest
        return rows
    # So that z bends the sigmoid in the longest review too.
    scale = HUGE if kind == "huge" else 0.5 / np.sqrt(max(longest, 1) * shape[1])
    scale /= _STRETCHED.get(kind) or 1.0
    rows = rng.standard_normal(shape, dtype.type)
    rows *= scale / most
    return rows


def _extremes(vocabulary: int) -> dict[int, int]:
    """Return words near the last one, and to which side each saturates the sigmoid."""
    return {word: side for word, side in ((vocabulary - 2, 1), (vocabulary - 3, -1)) if word >= 0}


def _words(case: Case, vocabulary: int, rng: np.random.Generator) -> list[Words]:
    kind = case["reviews"]
    if kind == "many":
        many = rng.integers(0, vocabulary - 1, (MANY, 1))
        many[[0, AGAIN]] = vocabulary - 1
        return list(many)
    if kind == "crowd":
        return [
            np.union1d(_drawn(min(3, vocabulary - 1), vocabulary, rng), [vocabulary - 1])
            for _ in range(CROWD)
        ]
    short = list(_short(vocabulary, rng))
    if kind == "few":
        return short
    sizes = (int(kind), LONG_POWERS[int(kind)], *LONGER_POWERS)
    long, power, *more = (_drawn(size, vocabulary, rng) for size in sizes)
    # The same again, a short one after it, and one that shares a half with it.
    return [*short[:5], long, long, *short[5:10], power, *short[10:14], *more, long[::2]]


def _short(vocabulary: int, rng: np.random.Generator) -> Iterator[Words]:
    """Yield reviews of no word, of one and few; the same twice; all shared, none shared; powers."""
    last, none = np.array([vocabulary - 1]), np.empty(0, np.int64)
    number = 0
    while True:
        few = _drawn(5, vocabulary, rng)
        others = np.setdiff1d(np.arange(min(vocabulary, 64)), few)[:4]
        power = _drawn(POWERS[number // 10 % len(POWERS)], vocabulary, rng)
        block = [none, last, few, few, others, np.array([0]), few[:2], none, few[::-1], power]
        for review in block:
            yield none if number in EMPTY else review
            number += 1
            if number == FEW:
                return


def _drawn(size: int, vocabulary: int, rng: np.random.Generator) -> Words:
    return rng.choice(vocabulary, min(size, vocabulary), replace=False)


def _in_order(words: Words, order: str, rng: np.random.Generator) -> Words:
    if len(words) < 2:
        return words
    if order == "shuffled":
        return rng.permutation(words)
    return np.sort(words)[:: 1 if order == "ascending" else -1]
