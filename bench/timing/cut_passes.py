"""Where the time of a pass goes: by timing it with parts left out.

No clock is put into a network, which would slow it and need its help. Instead some work is left
out: predicting leaves out what training adds, and reviews without words, in a vocabulary of one,
leave out the whole way between the input and the hidden layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...impls.network import Network
from ...impls.reviews import Reviews
from ..networks.guard import blame, renew
from .clock import SHORT_PASS_SECONDS, Contestant
from .reading import timed_call

PHASES = ("prepare", "input_to_hidden", "hidden_to_output", "backward", "update")


@dataclass(frozen=True)
class Cuts:
    """CPU seconds that the calls of a network take.

    Attributes:
        prepare, train, predict: on all reviews.
        train_empty, predict_empty: on as many reviews without words.
    """

    prepare: float
    train: float
    predict: float
    train_empty: float
    predict_empty: float

    def phases(self) -> dict[str, float]:
        """Return the seconds of each of PHASES; what noise makes negative is zero.

        hidden_to_output holds the loop over the reviews too; backward is all of the backward
        pass but the update of the rows of weights_0_1.
        """
        found = {
            "prepare": self.prepare,
            "input_to_hidden": self.predict - self.predict_empty,
            "hidden_to_output": self.predict_empty,
            "backward": self.train_empty - self.predict_empty,
            "update": self.train - self.predict - (self.train_empty - self.predict_empty),
        }
        return {phase: max(0.0, seconds) for phase, seconds in found.items()}


class Cutter:
    """Times the cut passes of a network that is ready for the clock.

    Raises:
        Failed: the network raised an error on reviews without words.
    """

    def __init__(self, contestant: Contestant, reviews: Reviews) -> None:
        self._contestant, self._reviews = contestant, reviews
        scenario = contestant.scenario
        counts = None if reviews.stored_counts is None else np.empty(0)
        nothing = Reviews.trusted(
            np.zeros_like(reviews.indptr), np.empty(0, np.int32), counts, reviews.labels, 1
        )
        self._empty_weights = scenario.first_weights(1)
        with blame("reviews without words"):
            self._empty = scenario.build(type(contestant.network), *self._empty_weights)
            self._nothing = self._empty.prepare(nothing)

    def cuts(self, train: float) -> Cuts:
        """Make each of the cut passes once.

        Args:
            train: CPU seconds that a whole pass took.

        Raises:
            Failed: the network raised an error.
        """
        contestant, scenario = self._contestant, self._contestant.scenario
        with blame("a pass with parts left out"):
            contestant.network = renew(contestant.network, scenario, *contestant.weights)
            predict = _seconds(contestant.network, "predict", contestant.prepared)
            self._empty = renew(self._empty, scenario, *self._empty_weights)
            train_empty = _seconds(self._empty, "train", self._nothing)
            predict_empty = _seconds(self._empty, "predict", self._nothing)
            prepare = _seconds(contestant.network, "prepare", self._reviews)
        return Cuts(prepare, train, predict, train_empty, predict_empty)


def _seconds(network: Network, method: str, argument: Any) -> float:
    """Return the CPU seconds of a call; a short one is made again and timed then, as passes are."""
    took = timed_call(network, method, argument).cpu_seconds
    if took < SHORT_PASS_SECONDS:
        took = timed_call(network, method, argument).cpu_seconds
    return took
