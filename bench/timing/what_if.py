"""What a pass would take if some of its work fell away: measured, one thing after the other.

First the rows of all words but a few: each batch gets the first words of the vocabulary in place of
its own, as many, so that all rows lie in the nearest caches. What falls away is the way to memory,
and nothing else: no call, no sum, no allocation. Then the words that are in no review: the
vocabulary ends with those few. Then most numbers of a row: two are left, because numpy is slower
with one number than with two. A row of up to four gets twice as many instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...impls.network import Network
from ...impls.reviews import Reviews
from ..networks.guard import Weights, blame, renew
from ..networks.scenario import Scenario
from .clock import SHORT_PASS_SECONDS, Contestant
from .reading import timed_call


@dataclass(frozen=True)
class WhatIf:
    """Seconds of a pass, whole and with things taken out of it one after the other.

    Attributes:
        whole: of the pass as it is.
        near: with the same few rows for all reviews, in the vocabulary as it is.
        few: the same in a vocabulary that has no other word.
        other: the same with another number of hidden units, as other_width says.
    """

    whole: float
    near: float
    few: float
    other: float


def other_width(hidden: int) -> int:
    """Return how many hidden units a pass has instead, for what a row costs."""
    return 2 if hidden > 4 else 2 * hidden


class Sparer:
    """Times such passes of a network that is ready for the clock.

    Times are CPU time; wall time of a network with several threads, or on another device.

    Raises:
        Failed: the network raised an error.
    """

    def __init__(self, contestant: Contestant, reviews: Reviews) -> None:
        self._contestant, scenario = contestant, contestant.scenario
        kind = type(contestant.network)
        near = nearest(reviews, scenario.batch_size)
        few = fitted(near)
        with blame("a pass on few words"):
            self._near = contestant.network.prepare(near)
            self._few = _Spare(kind, few, scenario)
        units = other_width(scenario.hidden)
        with blame(f"a pass with {units} hidden units"):
            self._other = _Spare(kind, few, replace(scenario, hidden=units))

    def what_if(self) -> WhatIf:
        """Make each of the passes once.

        Raises:
            Failed: the network raised an error.
        """
        contestant, scenario = self._contestant, self._contestant.scenario
        wall = contestant.threads > 1 or contestant.device != "cpu"

        def fresh() -> Network:
            contestant.network = renew(contestant.network, scenario, *contestant.weights)
            return contestant.network

        with blame("a pass with something taken out of it"):
            return WhatIf(
                _seconds(fresh, contestant.prepared, wall),
                _seconds(fresh, self._near, wall),
                _seconds(self._few.fresh, self._few.prepared, wall),
                _seconds(self._other.fresh, self._other.prepared, wall),
            )


class _Spare:
    """A network on reviews and in a scenario of its own."""

    def __init__(self, kind: type[Network], reviews: Reviews, scenario: Scenario) -> None:
        self._scenario = scenario
        self._weights: Weights = scenario.first_weights(reviews.vocabulary_size)
        self._network = scenario.build(kind, *self._weights)
        self.prepared = self._network.prepare(reviews)
        self._network.train(self.prepared)  # compiles what it needs for these sizes

    def fresh(self) -> Network:
        """Return the network as it was before any pass."""
        self._network = renew(self._network, self._scenario, *self._weights)
        return self._network


def _seconds(fresh: Callable[[], Network], prepared: Any, wall: bool) -> float:
    """Return the seconds of a pass; a short one is made again and timed then, as others are."""
    took = 0.0
    for _ in range(2):
        reading = timed_call(fresh(), "train", prepared)
        took = reading.wall_seconds if wall else reading.cpu_seconds
        if took >= SHORT_PASS_SECONDS:
            break
    return took


def nearest(reviews: Reviews, batch_size: int) -> Reviews:
    """Put the first words of the vocabulary in the place of those of each batch.

    Each batch keeps how many words it has, and which of its reviews share them.
    """
    indices = np.empty(len(reviews.indices), np.int32)
    for start in range(0, len(reviews), batch_size):
        own = slice(*reviews.indptr[[start, min(start + batch_size, len(reviews))]])
        _, indices[own] = np.unique(reviews.indices[own], return_inverse=True)
    return Reviews.trusted(
        reviews.indptr, indices, reviews.stored_counts, reviews.labels, reviews.vocabulary_size
    )


def fitted(reviews: Reviews) -> Reviews:
    """Return the same reviews in the smallest vocabulary that has their words."""
    size = int(reviews.indices.max(initial=0)) + 1
    return Reviews.trusted(
        reviews.indptr, reviews.indices, reviews.stored_counts, reviews.labels, size
    )
