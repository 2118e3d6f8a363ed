"""What a round starts from: drawn anew for each, so that no work done before it is of any use.

At the lesson's rate training is chaotic: the last bits of a pass can't be had without doing every
step. So the first weights of a round are known to nobody before it begins. And since `reset`, which
gets them, is not on the bill, a key follows it: two short calls of train on reviews that are made
up only then. They change the weights, and so every output after them.
"""

from __future__ import annotations

import numpy as np

from ...impls.network import Array
from ...impls.reviews import Reviews
from ..networks.guard import Weights
from ..networks.scenario import Scenario

# How many words each call has. The second one sees rows that the first one has changed, which is
# what changes weights_1_2; two of them, so that its output is hardly ever so sure that it learns
# nothing.
KEY_WORDS = (16, 2)


class Secret:
    """The first weights of one round, the same for all of its networks, and a key for each.

    Args:
        reviews: those of the passes; the key is made of their words.
        last: the secret of the round before.

    Attributes:
        weights: what every network is reset to.
        seen: what each network gave: a mark of the process, the fingerprint of a pass, and its
            outputs.
    """

    def __init__(self, reviews: Reviews, scenario: Scenario, last: Secret | None = None) -> None:
        self._reviews, self._draw = reviews, np.random.default_rng()
        self.weights: Weights = scenario.drawn(self._draw, reviews.vocabulary_size)
        self._keys: dict[str, list[Reviews]] = {}
        self.last, self.seen = last, dict[str, tuple[object, str, Array]]()
        if last is not None:
            last.last = None  # two rounds are compared, and no more are kept

    def key(self, network: str) -> list[Reviews]:
        """Return the reviews for calls of train before the pass; drawn when first asked for.

        Each network has its own, so that none can tell another one what comes of a pass.
        """
        if network not in self._keys:
            self._keys[network] = self._drawn()
        return self._keys[network]

    def _drawn(self) -> list[Reviews]:
        indices = self._reviews.indices
        if not len(indices):
            return []
        # By how often they occur, so that hardly a review has none of them.
        words = np.unique(self._draw.choice(indices, KEY_WORDS[0]))
        self._draw.shuffle(words)
        counted = self._reviews.stored_counts is not None
        return [
            Reviews.from_lists(
                [words[:many].tolist()],
                [int(self._draw.integers(2))],
                self._reviews.vocabulary_size,
                [[1.0] * len(words[:many])] if counted else None,
            )
            for many in KEY_WORDS
        ]
