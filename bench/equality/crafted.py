"""Small reviews at the edges, on which a fast kernel goes wrong first.

They come in groups, each from fresh weights: after one long review the network would be so sure of
the next that no fault would show. The groups have 1, 7 and 11 reviews, so that with nearly every
batch size some last batch is short.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ...impls.network import Array
from ...impls.reviews import Reviews
from ..networks.guard import Weights
from ..networks.packed import LESSON
from ..networks.scenario import Scenario
from .extremes import rows_at_kinks, rows_for

# Enough for a review longer than any buffer that people size by the longest real one (678).
VOCABULARY = 1_100
LAST = VOCABULARY - 1

# Words whose rows alone make z this large: more than exp can take, sure enough that a kernel may
# wrongly skip the update, and exactly zero.
HIGH, LOW, SURE, SURE_NOT, VERY_SURE, VERY_SURE_NOT, ZERO = range(VOCABULARY - 8, VOCABULARY - 1)
# Words before these whose rows alone are where a relu is shut, open and on its edge.
KINKS = range(VOCABULARY - 32, VOCABULARY - 8)
EXTREMES = {
    HIGH: 2000.0,
    LOW: -2000.0,
    SURE: 4.0,
    SURE_NOT: -4.0,
    VERY_SURE: 10.0,
    VERY_SURE_NOT: -10.0,
    ZERO: 0.0,
}

# (What it is called, its words, its label.)
Craft = tuple[str, Sequence[int], int]
SMALL: list[Craft] = [
    ("empty", [], 0),
    ("one word", [5], 1),
    ("two words", [7, 3], 1),
    ("first id", [0], 0),
    ("last id", [LAST], 1),
    ("empty again", [], 1),
    ("last of the pass", [9, 5, LAST], 0),
]
LONG: list[list[Craft]] = [
    [(f"{length:,} words" if length < VOCABULARY else "all words", range(length), label)]
    for length, label in ((513, 0), (1_025, 1), (VOCABULARY, 0))
]
# From the state that a pass starts from, whose biases may be zero: there a relu is at its edge.
UNTRAINED: list[Craft] = [("empty, untrained", [], 1), ("zero rows, untrained", [ZERO], 1)]
EXTREME: list[Craft] = [
    ("saturated high, labelled 0", [HIGH], 0),
    ("saturated high, labelled 1", [HIGH, 1], 1),
    ("saturated low, labelled 0", [LOW], 0),
    ("saturated low, labelled 1", [LOW, 2], 1),
    ("zero rows", [ZERO], 1),
    ("empty", [], 0),
    ("sure, labelled 1", [SURE], 1),
    ("sure, labelled 0", [SURE_NOT], 0),
    ("very sure, labelled 1", [VERY_SURE], 1),
    ("very sure, labelled 0", [VERY_SURE_NOT], 0),
    ("last of the pass", [4, ZERO], 0),
]


class Group(NamedTuple):
    """Crafted reviews, and the weights (VOCABULARY, hidden) and (hidden,) to start them from."""

    names: list[str]
    reviews: Reviews
    weights: Weights

    def name(self, number: int) -> str:
        """Name a review, as faults call it."""
        return f"crafted review {number} ({self.names[number]})"


def crafted(scenario: Scenario) -> Iterator[Group]:
    """Yield the groups for a scenario, with counts where it has them."""
    rng = np.random.default_rng(0)
    groups = [SMALL, *LONG, EXTREME]
    weights = partial(_of_lesson, scenario)
    if scenario.defined.name != LESSON:
        stirred = _stirred(scenario)
        edges = dict(zip(KINKS, rows_at_kinks(scenario, stirred[1]), strict=False))
        groups += [UNTRAINED, _kinks(edges)]
        weights = partial(_of_definition, scenario, stirred, edges)
    for crafts in filter(None, groups):
        names = [name for name, _, _ in crafts]
        # In any order, so that no kernel gets away with looking at the first or largest ids.
        words: list[Any] = [rng.permutation(words).astype(np.int64) for _, words, _ in crafts]
        # 2.5, because counts are real numbers and a kernel that casts them to integers is wrong.
        counts: list[Any] = [
            np.where(review >= HIGH, 1.0, rng.choice([1.0, 2.0, 2.5, 7.0], len(review)))
            for review in words
        ]
        labels = [label for _, _, label in crafts]
        reviews = Reviews.from_lists(words, labels, VOCABULARY, counts)
        yield Group(names, scenario.reviews(reviews), weights(crafts))


def _kinks(edges: Iterable[int]) -> list[Craft]:
    """Reviews of one word where a slope changes.

    Args:
        edges: the words.
    """
    return [
        (f"word {word}, {('at', 'below', 'above')[place % 3]} the edge", [word], place % 2)
        for place, word in enumerate(edges)
    ]


def _scale(hidden: int) -> float:
    # Small, so that a sum of a thousand rows still leaves the sigmoid where it bends.
    return float(0.005 / np.sqrt(hidden))


def _stirred(scenario: Scenario) -> Weights:
    """Return a state as one in the midst of training: no array is zero."""
    draw, definition, hidden = np.random.default_rng(1), scenario.defined, scenario.hidden
    state = definition.first(draw, VOCABULARY, hidden)
    scales = {one.name: _scale(hidden) for one in scenario.layout.by_word}
    for name, array in state.items():
        noise = draw.normal(0, scales.get(name, 0.1), array.shape)
        if name in definition.never_negative:
            # Some at zero, and some so large that a step hardly moves anything.
            state[name] = np.where(draw.random(array.shape) < 0.2, 0, noise**2)
            state[name].flat[:: max(1, array.size // 3)] = 1e6
        elif name in scales:
            state[name] = noise
        else:
            state[name] = array + noise
    return scenario.side_by_side(state)


def _of_definition(
    scenario: Scenario, stirred: Weights, edges: Mapping[int, Array], crafts: list[Craft]
) -> Weights:
    """Make the state that a group starts from, for any definition.

    Args:
        edges: rows by word.
    """
    if crafts is UNTRAINED:
        rows, others = scenario.first_weights(VOCABULARY)
        rows[ZERO] = 0
        return rows, others
    rows, others = stirred[0].copy(), stirred[1]
    extremes = rows_for(scenario, others, EXTREMES) if crafts is EXTREME else {}
    for word, row in [*extremes.items(), *edges.items()]:
        rows[word] = row
    return rows, others


def _of_lesson(scenario: Scenario, crafts: list[Craft]) -> Weights:
    weights_1_2, rng = scenario.first_weights(1)[1], np.random.default_rng(1)
    shape = VOCABULARY, scenario.hidden
    weights_0_1 = rng.normal(0, _scale(scenario.hidden), shape).astype(scenario.dtype)
    if crafts is EXTREME:
        direction = weights_1_2 / max(float(weights_1_2 @ weights_1_2), 1e-6)
        for word, z in EXTREMES.items():
            weights_0_1[word] = z * direction
    return weights_0_1, weights_1_2
