"""A pass in one call must be, bit for bit, the pass cut into the calls that were judged."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import NoReturn

import numpy as np

from ..impls.network import Array, Network
from ..impls.reviews import Reviews
from .errors import Incorrect
from .scenario import Scenario, renew
from .verdicts import Step, Tally, judge
from .watch import Weights, blame, checked_outputs

# How many steps the short calls have that are judged one by one, and how many such calls.
SHORT_CALLS = (2, 7)
CALLS_JUDGED = 100


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


class Calls:
    """Passes of one network over one set of reviews, cut into calls in different ways."""

    def __init__(
        self,
        network: Network,
        reviews: Reviews,
        scenario: Scenario,
        weights: Weights,
        name: Callable[[int], str],
    ) -> None:
        self.network, self.reviews, self.scenario = network, reviews, scenario
        self.weights, self.name = weights, name
        self.step = scenario.batch_size

    def explain(self) -> NoReturn:
        """Judge the shortest start of the reviews on which one call is not its steps, then more.

        Raises:
            Incorrect: what a call gives is more than rounding away from what its steps give.
            Uncertified: it never is: the same network, summed in another order in longer calls.
        """
        equal, different = 0, -(-len(self.reviews) // self.step)
        if not self._differ(different):
            raise Uncertified("a second try gave the same bits: passes do not repeat themselves")
        while different - equal > 1:
            middle = (equal + different) // 2
            equal, different = (equal, middle) if self._differ(middle) else (middle, different)
        self._judge(self.weights, 0, different * self.step)
        # That first break may be one of rounding and a fault come later: so many short calls
        # more are judged, each from the weights that its steps would have left.
        for steps in SHORT_CALLS:
            state, size = self.weights, steps * self.step
            for start in range(0, min(len(self.reviews), CALLS_JUDGED * size), size):
                state = self._judge(state, start, start + size)
        raise Uncertified(
            f"each step is within its bounds, but a call of {different} gives other bits than "
            f"{different} calls of one: what is timed is not what was judged"
        )

    def _run(self, weights: Weights, start: int, stop: int, size: int) -> tuple[Weights, Array]:
        """Weights and outputs after the reviews start:stop, in calls of size reviews."""
        self.network = renew(self.network, self.scenario, *weights)
        outputs = [np.empty(0, self.scenario.dtype)]
        for first in range(start, stop, size):
            part = self.reviews[first : min(first + size, stop)]
            with blame(f"training on {self.name(first)}"):
                found = self.network.train(self.network.prepare(part))
            outputs.append(checked_outputs(found, len(part), self.name(first)))
        ends = np.array(self.network.weights_0_1), np.array(self.network.weights_1_2)
        return ends, np.concatenate(outputs)

    def _differ(self, steps: int) -> bool:
        stop = min(steps * self.step, len(self.reviews))
        whole, cut = (self._run(self.weights, 0, stop, size) for size in (stop, self.step))
        return fingerprint(*whole[0], whole[1]) != fingerprint(*cut[0], cut[1])

    def _judge(self, weights: Weights, start: int, stop: int) -> Weights:
        """Compare one call with its steps, from given weights; return where the steps end.

        Until the first output that differs, the weights of the two can differ by no more than
        what rounding did to each of them, once a step; so the bounds of one step are multiplied
        by twice the number of steps. What is beyond is no matter of rounding.
        """
        stop = min(stop, len(self.reviews))
        whole, outputs = self._run(weights, start, stop, stop - start)
        cut, cut_outputs = self._run(weights, start, stop, self.step)

        def where(number: int) -> str:
            return f"in one call of {stop - start} reviews, {self.name(number)}"

        parted = np.flatnonzero(outputs != cut_outputs)
        if parted.size:
            before = int(parted[0]) // self.step * self.step
            first = start + before
            part = self.reviews[first : min(first + self.step, stop)]
            (rows, weights_1_2), _ = self._run(weights, start, first, self.step)
            found = outputs[before : before + len(part)]
            seen = Step(first, part, rows[part.indices], weights_1_2, found)
            judge([seen], self.scenario, where, Tally(), slack=2 * (before // self.step + 1))
        else:
            steps = -(-(stop - start) // self.step)
            self._judge_weights(whole, cut, 2 * steps, where(stop - 1))
        return cut

    def _judge_weights(self, whole: Weights, cut: Weights, slack: int, where: str) -> None:
        """Compare final weights that differ though no output did."""
        info = np.finfo(self.scenario.dtype)
        for figure, found, right in zip(("weights_0_1", "weights_1_2"), whole, cut, strict=True):
            # A step is at most rate |w| / 4, and four roundings of it and of the weight make it.
            size = np.abs(right) + self.scenario.learning_rate * np.abs(cut[1]).max()
            bound = slack * 4 * info.eps * size + info.tiny
            ratios = np.abs(found - right) / bound
            if not (ratios <= 1).all():
                place = tuple(int(i) for i in np.unravel_index(int(ratios.argmax()), ratios.shape))
                raise Incorrect(
                    f"{where}: {figure}{list(place)} is {found[place]:.17g}, expected "
                    f"{right[place]:.17g}, bound {bound[place]:.2g} "
                    f"(error ratio {ratios[place]:.2g})"
                )


def refuse_spent(
    network: Network, prepared: object, reviews: Reviews, scenario: Scenario, weights: Weights
) -> None:
    """Raise Incorrect if prepared reviews train other than freshly prepared ones would."""
    ends = []
    # Twice, because what one pass spoils, a second one may mend.
    for form in (network.prepare(reviews), prepared, prepared):
        network = renew(network, scenario, *weights)
        outputs = checked_outputs(network.train(form), len(reviews), "a pass")
        ends.append((outputs, np.array(network.weights_0_1), np.array(network.weights_1_2)))
    for end in ends[1:]:
        figures = ("output of review ", "weights_0_1", "weights_1_2")
        for figure, found, right in zip(figures, end, ends[0], strict=True):
            if fingerprint(found) != fingerprint(right):
                place = tuple(np.argwhere(found != right)[0].tolist())
                raise Incorrect(
                    "what prepare made does not stay valid: after a later pass over it, "
                    f"{figure}{list(place)} is {found[place]:.17g}, "
                    f"expected {right[place]:.17g}, bound 0"
                )
