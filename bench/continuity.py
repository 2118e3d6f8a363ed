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
from .watch import Weights, blame, checked_outputs


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

    Until the first output that differs, the weights of the two passes can differ by no more than
    what rounding did to each of them, once a step; so the bounds of one step are multiplied by
    twice the number of steps. What is beyond is no matter of rounding.

    Raises:
        Incorrect: the figure where one call leaves its steps is out of these bounds.
        Uncertified: it is within them: the same network, summed in another order in longer calls.
    """

    def passed(stop: int, size: int) -> tuple[Weights, Array]:
        """Weights and outputs after the reviews up to stop, in calls of size reviews."""
        nonlocal network
        network = renew(network, scenario, *weights)
        outputs = [np.empty(0, scenario.dtype)]
        for start in range(0, stop, size):
            part = reviews[start : min(start + size, stop)]
            with blame(f"training on {name(start)}"):
                found = network.train(network.prepare(part))
            outputs.append(checked_outputs(found, len(part), name(start)))
        w_0_1, w_1_2 = np.array(network.weights_0_1), np.array(network.weights_1_2)
        return (w_0_1, w_1_2), np.concatenate(outputs)

    def differs(steps: int) -> bool:
        stop = min(steps * step, len(reviews))
        whole, cut = passed(stop, stop), passed(stop, step)
        return fingerprint(*whole[0], whole[1]) != fingerprint(*cut[0], cut[1])

    step = scenario.batch_size
    equal, different = 0, -(-len(reviews) // step)
    if not differs(different):
        raise Uncertified("a second try gave the same bits: its passes do not repeat themselves")
    while different - equal > 1:
        middle = (equal + different) // 2
        equal, different = (equal, middle) if differs(middle) else (middle, different)
    stop = min(different * step, len(reviews))
    (whole, outputs), (cut, cut_outputs) = passed(stop, stop), passed(stop, step)

    def where(number: int) -> str:
        return f"in one call of {stop} reviews, {name(number)}"

    parted = np.flatnonzero(outputs != cut_outputs)
    if parted.size:
        start = int(parted[0]) // step * step
        part = reviews[start : min(start + step, stop)]
        (rows, weights_1_2), _ = passed(start, step)
        seen = Step(start, part, rows[part.indices], weights_1_2, outputs[start:][: len(part)])
        judge([seen], scenario, where, Tally(), slack=2 * (start // step + 1))
        first = name(int(parted[0]))
    else:
        _judge_weights(whole, cut, scenario, 2 * different, where(stop - 1))
        first = name(stop - 1)
    raise Uncertified(
        f"each step is within its bounds, but from {first} on one call gives other bits than "
        "calls of one step each: what is timed is not what was judged"
    )


def _judge_weights(
    whole: Weights, cut: Weights, scenario: Scenario, slack: int, where: str
) -> None:
    """Compare final weights that differ though no output did."""
    u = np.finfo(scenario.dtype).eps
    for figure, found, right in zip(("weights_0_1", "weights_1_2"), whole, cut, strict=True):
        # A step is at most rate |w| / 4, and four roundings of it and of the weight make it up.
        size = np.abs(right) + scenario.learning_rate * np.abs(cut[1]).max()
        ratios = np.abs(found - right) / (slack * 4 * u * size + np.finfo(scenario.dtype).tiny)
        if not (ratios <= 1).all():
            place = tuple(int(i) for i in np.unravel_index(int(ratios.argmax()), ratios.shape))
            raise Incorrect(
                f"{where}: {figure}{list(place)} is {found[place]:.17g}, "
                f"expected {right[place]:.17g}, bound "
                f"{abs(found[place] - right[place]) / ratios[place]:.2g} "
                f"(error ratio {ratios[place]:.2g})"
            )


def refuse_spent(
    network: Network, prepared: object, reviews: Reviews, scenario: Scenario, weights: Weights
) -> None:
    """Raise Incorrect if prepared reviews give other outputs than freshly prepared ones would."""
    outputs = []
    # Twice, because what one pass spoils, a second one may mend.
    for form in (network.prepare(reviews), prepared, prepared):
        network = renew(network, scenario, *weights)
        outputs.append(checked_outputs(network.train(form), len(reviews), "a pass"))
    for spent in outputs[1:]:
        if fingerprint(spent) != fingerprint(outputs[0]):
            review = int((spent != outputs[0]).argmax())
            raise Incorrect(
                "what prepare made does not stay valid: in a later pass over it, review "
                f"{review}: output is {spent[review]:.17g}, expected {outputs[0][review]:.17g}, "
                "bound 0"
            )
