"""An audit: a pass that was timed is made once more, step by step, and judged.

Which pass, and which of its steps are judged, is drawn only after it was timed. What a network does
when nobody watches must then be, bit for bit, what it does when somebody does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...impls.network import Array, Network
from ...impls.reviews import Reviews
from ..networks.guard import Weights, blame
from ..networks.scenario import Scenario
from ..outcomes import Refused
from .certificate import Trial
from .watch import Watch

STEPS = 100


def audit(
    network: type[Network],
    reviews: Reviews,
    scenario: Scenario,
    weights: Weights,
    key: Sequence[Reviews],
    outputs: Array,
    bits: str,
) -> None:
    """Repeat a timed pass in calls, some of them single steps that are judged.

    Of passes in a row all are repeated, and one of them is judged.

    Args:
        weights, key: what the pass, or the first one of a row, started from.
        outputs: (reviews,) what it gave, or (passes, reviews) what those of a row gave.
        bits: the digest of its outputs and the weights at its end; empty where these are not known.

    Raises:
        Incorrect, Uncertified, Failed: the pass was another one, and its first fault is told.
        Refused: it was another one than the network makes when it is watched.
    """
    with blame("building the network"):
        built = scenario.build(network, *weights)
    before = 0
    if outputs.ndim == 2:
        before = _chosen(built, reviews, key, outputs)
        outputs = outputs[before]
        with blame("building the network"):
            built = scenario.build(network, *weights)
    for number, part in enumerate(key, 1):
        watch = Watch(built, part, scenario, weights, lambda _, n=number: f"part {n} of the key")  # type: ignore[misc]
        watch.call(0, len(part), judged=True)
        watch.settle()
        weights = np.array(built.weights_0_1), np.array(built.weights_1_2)
    if before:
        with blame("passes in a row"):
            for _ in range(before):
                _in_two(built, reviews)
            weights = np.array(built.weights_0_1), np.array(built.weights_1_2)
    trial = Trial(network, reviews, scenario, weights, name=lambda i: f"review {i}")
    steps = -(-len(reviews) // scenario.batch_size)
    chosen = np.zeros(steps, bool)
    chosen[np.random.default_rng().choice(steps, min(steps, STEPS), replace=False)] = True
    watched = trial.watched(chosen)
    if trial.digest == bits or (not bits and np.array_equal(trial.outputs, outputs)):
        return
    trial.name_fault(outputs, where=f"in one call of {len(reviews)} reviews, ")
    # The same pass in one call, unwatched but untimed: if it too differs, passes differ by nature.
    trial.whole_pass(watched, fresh=False)
    raise Refused("it gives other results under the clock than when it is watched")


def _chosen(network: Network, reviews: Reviews, key: Sequence[Reviews], row: Array) -> int:
    """Repeat passes in a row, and return the first that parts from them, or else any of them."""
    with blame("passes in a row"):
        for part in key:
            network.train(network.prepare(part))
        for number, outputs in enumerate(row):
            if not np.array_equal(_in_two(network, reviews), outputs):
                return number
    return int(np.random.default_rng().integers(len(row)))


def _in_two(network: Network, reviews: Reviews) -> Array:
    """Make a pass in two calls, so that it doesn't look like one of passes in a row."""
    size = network.batch_size
    cut = int(np.random.default_rng().integers(len(reviews) // size + 1)) * size
    parts = reviews[:cut], reviews[cut:]
    return np.concatenate([network.train(network.prepare(part)) for part in parts if len(part)])
