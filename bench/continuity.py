"""A pass in one call must be, bit for bit, the pass cut into the calls that were judged."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

from ..impls.network import Array, Network
from ..impls.reviews import Reviews
from .errors import Incorrect
from .scenario import Scenario, renew
from .verdicts import Step, Tally, judge
from .watch import Weights, blame, checked_outputs, refuse_stray_row


class Uncertified(Exception):
    """No fault was found, but a pass is not, bit for bit, the pass that was judged."""


def digest(network: Network, outputs: Array) -> str:
    """A fingerprint of the outputs of a pass and of the weights at its end."""
    return fingerprint(outputs, network.weights_0_1, network.weights_1_2)


def fingerprint(*arrays: Array | None) -> str:
    """A hash of the shapes, dtypes and bits of some arrays."""
    state = hashlib.sha256()
    for array in arrays:
        if array is not None:
            state.update(f"{array.dtype}{array.shape}".encode())
            state.update(np.ascontiguousarray(array).data)
    return state.hexdigest()


def find_break(
    network: Network,
    reviews: Reviews,
    scenario: Scenario,
    weights: Weights,
    name: Callable[[int], str],
) -> None:
    """Find the shortest start of the reviews on which one call is not its steps, and judge it.

    Raises:
        Incorrect: what one call does at that step is out of the bounds.
        Uncertified: it is within them: the same network, summed in another order in longer calls.
    """

    def passed(stop: int, size: int) -> tuple[Weights, Array]:
        """Weights and outputs after the reviews up to stop, in calls of size reviews."""
        nonlocal network
        network = renew(network, scenario, *weights)
        outputs = []
        for start in range(0, stop, size):
            part = reviews[start : min(start + size, stop)]
            with blame(f"training on {name(start)}"):
                outputs.append(network.train(network.prepare(part)))
            outputs[-1] = checked_outputs(outputs[-1], len(part), name(start))
        w_0_1, w_1_2 = np.array(network.weights_0_1), np.array(network.weights_1_2)
        return (w_0_1, w_1_2), np.concatenate(outputs)

    def differs(stop: int) -> bool:
        whole, cut = passed(stop, stop), passed(stop, step)
        return fingerprint(*whole[0], whole[1]) != fingerprint(*cut[0], cut[1])

    step = scenario.batch_size
    steps = -(-len(reviews) // step)
    if not differs(len(reviews)):
        raise Uncertified("a second try gave the same bits: its passes do not repeat themselves")
    equal, different = 0, steps
    while different - equal > 1:
        middle = (equal + different) // 2
        equal, different = (equal, middle) if differs(middle * step) else (middle, different)
    start, stop = equal * step, min(different * step, len(reviews))
    (rows, weights_1_2), _ = passed(start, step) if start else (weights, np.empty(0))
    (new_rows, new_weights_1_2), outputs = passed(stop, stop)
    part = reviews[start:stop]

    def where(number: int) -> str:
        return f"in one call of {stop} reviews, {name(number)}"

    refuse_stray_row(part, where(start), rows, new_rows)
    words = part.indices
    seen = Step(
        start, part, rows[words], weights_1_2, outputs[start:], new_rows[words], new_weights_1_2
    )
    judge([seen], scenario, where, Tally())
    raise Uncertified(
        f"each step is within its bounds, but from {name(start)} on one call gives other bits "
        "than calls of one step each: what is timed is not what was judged"
    )


def refuse_spent(
    network: Network, prepared: object, reviews: Reviews, scenario: Scenario, weights: Weights
) -> None:
    """Raise Incorrect if prepared reviews gave other outputs than freshly prepared ones would."""
    outputs = []
    for form in (prepared, network.prepare(reviews)):
        network = renew(network, scenario, *weights)
        outputs.append(network.train(form))
    if fingerprint(outputs[0]) != fingerprint(outputs[1]):
        review = int((outputs[0] != outputs[1]).argmax())
        raise Incorrect(
            f"what prepare made does not stay valid: in a later pass over it the output of review "
            f"{review} is {outputs[0][review]:.17g}, expected {outputs[1][review]:.17g}, bound 0"
        )
