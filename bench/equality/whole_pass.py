"""A pass in one call must be, bit for bit, the pass cut into the calls that were judged."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import NoReturn

import numpy as np

from ...impls.network import Array, Network
from ...impls.reviews import Reviews
from ..networks.guard import Weights, blame, checked_outputs, renew
from ..networks.scenario import Scenario
from ..outcomes import Incorrect, Uncertified
from .envelope import Envelope
from .judge import Step

# How many steps the short calls have that are judged one by one, and how many such calls.
SHORT_CALLS = (2, 7)
CALLS_JUDGED = 100
# How often a pass is repeated to see whether passes differ by nature.
PASSES_AGAIN = 8
# Over how many steps rounding is followed before two passes part.
STEPS_FOLLOWED = 50


def digest(network: Network, outputs: Array) -> str:
    """Return a fingerprint of the outputs of a pass and of the weights at its end."""
    return fingerprint(outputs, network.weights_0_1, network.weights_1_2)


def fingerprint(*arrays: Array) -> str:
    """Return a hash of the shapes, dtypes and bits of some arrays."""
    state = hashlib.sha256()
    for array in arrays:
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
        """Find out why one call gives other bits than its steps; it never returns.

        The shortest start of the reviews where this happens is judged first, then more calls.

        Raises:
            Incorrect: a call differs from its steps by more than rounding explains.
            Uncertified: no call does: it is the same network, which sums in another order in
                longer calls.
        """
        equal, different = 0, -(-len(self.reviews) // self.step)
        if not self._differ(different):
            raise Uncertified(
                "a pass in one call gave other bits than its steps, and another one did not: "
                "passes do not repeat themselves"
            )
        while different - equal > 1:
            middle = (equal + different) // 2
            equal, different = (equal, middle) if self._differ(middle) else (middle, different)
        self._judge(self.weights, 0, different * self.step)
        # That first difference may be rounding, and a fault may come later: so more short calls
        # are judged, each from the weights that the steps before it leave.
        for steps in SHORT_CALLS:
            state, size = self.weights, steps * self.step
            for start in range(0, min(len(self.reviews), CALLS_JUDGED * size), size):
                state = self._judge(state, start, start + size)
        raise Uncertified(
            f"each step is within its bounds, but a call of {different} gives other bits than "
            f"{different} calls of one: what is timed is not what was judged"
        )

    def _run(self, weights: Weights, start: int, stop: int, size: int) -> tuple[Weights, Array]:
        """Train on the reviews start:stop in calls of size reviews; return weights and outputs."""
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
        """Compare one call with its steps, from given weights; return the weights after the steps.

        While all outputs are equal to the last bit, the weights hardly differ in anything that an
        output shows. So only the last steps before the first difference are followed, and each of
        them is allowed the rounding of earlier steps too.
        """
        stop, step = min(stop, len(self.reviews)), self.step
        whole, outputs = self._run(weights, start, stop, stop - start)
        cut, cut_outputs = self._run(weights, start, stop, step)
        parted = np.flatnonzero(outputs != cut_outputs)
        equal = (int(parted[0]) if parted.size else stop - start) // step
        skipped = max(0, equal - STEPS_FOLLOWED)
        begin = start + skipped * step
        self._run(weights, start, begin, step)
        slack = max(1.0, equal / STEPS_FOLLOWED)
        envelope = Envelope(self.reviews.vocabulary_size, self.scenario, slack)

        def where(number: int) -> str:
            return f"in one call of {stop - start} reviews, {self.name(number)}"

        for first in range(begin, stop, step):
            part = self.reviews[first : min(first + step, stop)]
            own = slice(first - start, first - start + len(part))
            with blame(f"training on {self.name(first)}"):
                rows = np.array(self.network.rows(part.indices))
                weights_1_2 = np.array(self.network.weights_1_2)
                self.network.train(self.network.prepare(part))
            seen = Step(first, part, rows, weights_1_2, cut_outputs[own])
            envelope.follow(seen, outputs[own], where(first))
            if envelope.lost and parted.size:
                return cut
        envelope.compare(whole, cut, where(stop - 1))
        return cut


def refuse_spent(
    network: Network, prepared: object, reviews: Reviews, scenario: Scenario, weights: Weights
) -> None:
    """Compare passes over prepared reviews with one over fresh ones.

    Raises:
        Incorrect: they differ.
        Uncertified: passes over fresh ones differ among themselves too.
    """

    def end(form: object) -> tuple[Array, Array, Array]:
        nonlocal network
        network = renew(network, scenario, *weights)
        outputs = checked_outputs(network.train(form), len(reviews), "a pass")
        return outputs, np.array(network.weights_0_1), np.array(network.weights_1_2)

    right_end = end(network.prepare(reviews))
    # Twice, because what one pass spoils, a second one may mend.
    for found_end in (end(prepared), end(prepared)):
        figures = ("output of review ", "weights_0_1", "weights_1_2")
        for figure, found, right in zip(figures, found_end, right_end, strict=True):
            if fingerprint(found) != fingerprint(right):
                again = (end(network.prepare(reviews)) for _ in range(PASSES_AGAIN))
                if any(fingerprint(*one) != fingerprint(*right_end) for one in again):
                    raise Uncertified(
                        "passes over the same reviews, from the same weights, give different "
                        "bits: they do not repeat themselves"
                    )
                place = tuple(np.argwhere(found != right)[0].tolist())
                raise Incorrect(
                    "what prepare made does not stay valid: after a later pass over it, "
                    f"{figure}{list(place)} is {found[place]:.17g}, "
                    f"expected {right[place]:.17g}, bound 0"
                )
