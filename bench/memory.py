"""How much memory a network holds, counted apart from any timed pass."""

from __future__ import annotations

import tracemalloc

from ..impls.network import Network
from ..impls.reviews import Reviews
from .scenario import Scenario
from .watch import blame

# Training allocates the same again for each review, so a short start of the pass shows it all.
REVIEWS_TRAINED = 100


def peak_memory(network: type[Network], reviews: Reviews, scenario: Scenario) -> int:
    """Bytes that a network holds at most: its weights, the prepared reviews, and in training.

    As tracemalloc counts them, which sees what Python and numpy allocate but not what a compiled
    extension takes by itself.

    Raises:
        Failed: the network raised an error.
    """
    weights = scenario.first_weights(reviews.vocabulary_size)
    tracemalloc.start()
    try:
        with blame("measuring memory"):
            candidate = scenario.build(network, *weights)
            prepared = candidate.prepare(reviews)
            candidate.train(candidate.prepare(reviews[:REVIEWS_TRAINED]))
            del prepared
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
